"""Inference by construct. Expected types were printed by TVM 0.19 for the same programs."""

from typing import Any

import pytest
from relay_build import call, const, function, module, var

from relay_compat.ir.adt import Clause, Constructor, Match, PatternConstructor, PatternVar, PatternWildcard
from relay_compat.ir.expr import (
    Call,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.ir.types import FuncType, GlobalTypeVar, RefType, TensorType, TupleType, TypeCall, TypeData, TypeVar
from relay_compat.types.infer import infer_expr, infer_types
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.prim import Var as Dim
from tensor_core.spans import Span

INT = TensorType((), "int32")


def infer(program: IRModule) -> Any:
    return infer_types(program)["main"]


def code_of(program: IRModule) -> tuple[str, DiagnosticError]:
    with pytest.raises(DiagnosticError) as caught:
        infer_types(program)
    return caught.value.diagnostics[0].code.id, caught.value


def test_fully_annotated_functions_are_not_rewritten() -> None:
    x = var("x", 2, 3)
    program = module(function(x, body=call("nn.relu", x), ret=TensorType((2, 3))))
    inferred = infer_types(program)
    assert inferred is program
    assert infer(program).checked == FuncType((TensorType((2, 3)),), TensorType((2, 3)))


def test_missing_annotations_and_return_types_are_filled() -> None:
    x, y, f = Var("x"), var("y", 3), Var("f")
    main = infer(module(Let(f, Function((x,), call("nn.relu", x)), Call(f, (y,))), y))
    assert str(main.ret_type) == "Tensor[(3), float32]"
    assert str(main.body.var.type_annotation) == "fn (Tensor[(3), float32]) -> Tensor[(3), float32]"
    assert str(main.body.value.params[0].type_annotation) == "Tensor[(3), float32]"
    assert main.body.var is main.body.body.op


def test_weights_without_annotation_get_the_type_the_operator_forces() -> None:
    data, gamma, beta = var("data", 2, 8), Var("gamma"), Var("beta")
    main = infer(module(call("nn.layer_norm", data, gamma, beta), data, gamma, beta))
    assert [str(p.type_annotation) for p in main.params[1:]] == ["Tensor[(8), float32]"] * 2


def test_a_call_that_waits_is_typed_once_its_argument_is_known() -> None:
    x, y, g = Var("x"), var("y", 3), Var("g")
    body = call("nn.relu", TupleGetItem(Tuple((call("nn.relu", x),)), 0))
    inner = Let(g, Function((x,), body), Call(g, (y,)))
    assert str(infer(module(inner, y)).ret_type) == "Tensor[(3), float32]"


def test_a_projection_waits_for_its_tuple() -> None:
    t, f, y = Var("t"), Var("f"), var("y", 3)
    body = Let(f, Function((t,), call("nn.relu", TupleGetItem(t, 1))), Call(f, (Tuple((const(1.0), y)),)))
    assert str(infer(module(body, y)).ret_type) == "Tensor[(3), float32]"


def test_local_recursion() -> None:
    n, f, y = Var("n"), Var("f"), var("y", dtype="int32")
    step = Call(f, (call("subtract", n, const(1, "int32")),))
    loop = Function((n,), If(call("less", n, const(0, "int32")), const(0, "int32"), step))
    main = infer(module(Let(f, loop, Call(f, (y,))), y))
    assert main.body.var.type_annotation == FuncType((INT,), INT)


def test_polymorphic_function_is_instantiated_by_each_call() -> None:
    a, f, y = TypeVar("A"), Var("f"), var("y", dtype="int32")
    x = Var("x", a)
    identity = Function((x,), x, None, (a,))
    body = Let(f, identity, Tuple((Call(f, (y,)), Call(f, (Tuple((y, y)),)))))
    main = infer(module(body, y))
    assert main.ret_type == TupleType((INT, TupleType((INT, INT))))
    first, second = main.body.body.fields
    assert first.type_args == (INT,)
    assert second.type_args == (TupleType((INT, INT)),)


def test_global_calls_use_annotations_and_an_unannotated_callee_is_not_inferred() -> None:
    x, y = var("x", 3), var("y", 3)
    callee = GlobalVar("f")
    annotated = Function((x,), call("nn.relu", x), TensorType((3,)))
    program = IRModule({callee: annotated, GlobalVar("main"): Function((y,), Call(callee, (y,)))})
    assert str(infer(program).ret_type) == "Tensor[(3), float32]"
    open_ended = IRModule(
        {callee: annotated.replace(ret_type=None), GlobalVar("main"): Function((y,), Call(callee, (y,)))}
    )
    assert code_of(open_ended)[0] == "R2R0203"


def test_references() -> None:
    y, r, u = var("y", dtype="int32"), Var("r"), Var("u")
    body = Let(r, RefCreate(y), Let(u, RefWrite(r, const(5, "int32")), RefRead(r)))
    main = infer(module(body, y))
    assert main.ret_type == INT
    assert main.body.var.checked == RefType(INT)
    assert main.body.body.var.checked == TupleType(())


def _list_type() -> tuple[TypeData, Constructor, Constructor]:
    header, a = GlobalTypeVar("List"), TypeVar("A")
    cons = Constructor("Cons", (a, TypeCall(header, (a,))), header)
    nil = Constructor("Nil", (), header)
    return TypeData(header, (a,), (cons, nil)), cons, nil


def _with_list(body: Match, data: TypeData) -> IRModule:
    return IRModule({GlobalVar("main"): Function((), body)}, {data.header: data})


def test_match_instantiates_type_parameters() -> None:
    data, cons, nil = _list_type()
    head = Var("head")
    value = Call(cons, (const(1, "int32"), Call(nil, ())))
    arms = (
        Clause(PatternConstructor(cons, (PatternVar(head), PatternWildcard())), head),
        Clause(PatternConstructor(nil, ()), const(0, "int32")),
    )
    main = infer(_with_list(Match(value, arms), data))
    assert main.ret_type == INT
    assert main.body.data.checked == TypeCall(data.header, (INT,))
    assert main.body.data.type_args == (INT,)


ANYTHING = PatternWildcard()


@pytest.mark.parametrize(("nested", "missed"), [(False, "Nil"), (True, "Cons(_, Nil)")])
def test_match_must_handle_every_value(nested: bool, missed: str) -> None:
    data, cons, nil = _list_type()
    patterns = [PatternConstructor(cons, (ANYTHING, ANYTHING))]
    if nested:
        patterns = [PatternConstructor(cons, (ANYTHING, patterns[0])), PatternConstructor(nil, ())]
    value = Call(cons, (const(1, "int32"), Call(nil, ())))
    arms = tuple(Clause(pattern, const(0, "int32")) for pattern in patterns)
    code, error = code_of(_with_list(Match(value, arms), data))
    assert code == "R2R0205"
    assert f"the case {missed}" in str(error)
    infer_types(_with_list(Match(value, arms, complete=False), data))


def test_open_dimension_wins_and_changes_every_expression_of_that_type_object() -> None:
    # Printed by TVM 0.19: even the parameter, whose type object relu hands on, becomes open.
    c, y, x = var("c", dtype="bool"), var("y", 2), var("x", shapes.ANY)
    main = infer(module(If(c, call("exp", call("nn.relu", y)), x), c, y, x))
    assert str(main.params[1].type_annotation) == "Tensor[(?), float32]"
    assert str(main.body.true_branch.checked) == "Tensor[(?), float32]"


def test_broadcasting_makes_a_type_of_its_own() -> None:
    n = Dim("n")
    c, x, y = var("c", dtype="bool"), var("x", n), var("y", 5)
    main = infer(module(Tuple((If(c, call("add", x, x), y), call("log", x))), c, x, y))
    chosen, other = main.body.fields
    assert str(chosen.checked) == "Tensor[(5), float32]"
    assert other.checked.shape == (n,)


def test_arguments_do_not_change_by_what_a_function_declares() -> None:
    x, y, callee = var("x", 2), var("y", shapes.ANY), GlobalVar("f")
    program = IRModule(
        {
            callee: Function((x,), x, TensorType((2,))),
            GlobalVar("main"): Function((y,), Call(callee, (call("exp", y),))),
        }
    )
    main = infer(program)
    assert str(main.body.args[0].checked) == "Tensor[(?), float32]"
    assert str(main.ret_type) == "Tensor[(2), float32]"


def test_distinct_variables_and_distinct_constants_do_not_unify() -> None:
    c, x, y = var("c", dtype="bool"), var("x", Dim("n")), var("y", Dim("k"))
    assert code_of(module(If(c, x, y), c, x, y))[0] == "R2R0202"
    n = Dim("n")
    a, b, d = var("a", n), var("b", 5), var("d", 6)
    both = Tuple((If(c, a, b), If(c, call("log", a), d)))
    assert code_of(module(both, c, a, b, d))[0] == "R2R0202"


def test_wrong_number_of_arguments() -> None:
    x = var("x", 2)
    code, error = code_of(module(call("add", x, span=Span("test", 4, 2)), x))
    assert code == "R2R0201"
    assert error.diagnostics[0].span == Span("test", 4, 2)
    assert "expected 2, found 1" in str(error)


def test_rejected_argument_names_position_and_both_places() -> None:
    x, y = var("x", 2), var("yy", 3)
    code, error = code_of(module(call("add", x, y, span=Span("test", 4, 2)), x, y))
    (diagnostic,) = error.diagnostics
    assert code == "R2R0202"
    assert "argument 2" in diagnostic.message
    assert [span for _, span in diagnostic.notes] == [x.span, y.span]


def test_illegal_attribute() -> None:
    x = var("x", 2)
    assert code_of(module(call("reshape", x, newshape=(-1, -1)), x))[0] == "R2R0204"


def test_branches_of_different_types_name_both_places() -> None:
    c, x, y = var("c", dtype="bool"), var("x", 2), var("yy", 2, 2)
    code, error = code_of(module(If(c, x, y), c, x, y))
    assert code == "R2R0202"
    assert [span for _, span in error.diagnostics[0].notes] == [x.span, y.span]


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_condition_must_be_a_rank_0_bool(dtype: str) -> None:
    c, x = var("c", dtype=dtype), var("x", 2)
    assert code_of(module(If(c, x, x), c, x))[0] == "R2R0202"
    vector = var("v", 1, dtype="bool")
    assert code_of(module(If(vector, x, x), vector, x))[0] == "R2R0202"


def test_undetermined_types_are_all_reported() -> None:
    y, x, f = Var("y"), Var("x"), Var("f")
    code, error = code_of(module(Let(f, Function((x,), call("nn.relu", x)), Call(f, (y,))), y))
    assert code == "R2R0203"
    assert len(error.diagnostics) > 3


def test_free_variable_of_a_global_function() -> None:
    assert code_of(module(call("nn.relu", var("x", 2))))[0] == "R2R0103"


def test_lone_expression_may_have_free_variables() -> None:
    assert str(infer_expr(call("nn.relu", var("x", 2))).checked) == "Tensor[(2), float32]"


def test_opaque_operator_takes_its_recorded_type_or_is_refused() -> None:
    x = var("x", 2)
    opaque = Call(Op("vendor.op"), (x,))
    assert code_of(module(opaque, x))[0] == "R2R0104"
    opaque.memo("checked", TensorType((7,)))
    assert str(infer(module(call("nn.relu", opaque), x)).ret_type) == "Tensor[(7), float32]"


def test_type_that_would_contain_itself() -> None:
    f, x = Var("f"), Var("x")
    assert code_of(module(Let(f, Function((x,), Call(x, (x,))), f)))[0] == "R2R0202"


@pytest.mark.parametrize("unannotated", [False, True])
def test_depth_is_no_limit(unannotated: bool) -> None:
    x = Var("x") if unannotated else var("x", 4)
    value: Any = x
    for _ in range(50_000):
        value = call("nn.relu", value)
    f, y = Var("f"), var("y", 4)
    program = module(Let(f, Function((x,), value), Call(f, (y,))), y) if unannotated else module(value, x)
    assert str(infer(program).ret_type) == "Tensor[(4), float32]"


def test_deep_lets() -> None:
    x = var("x", 4)
    names = [Var(f"v{n}", TensorType((4,))) for n in range(20_000)]
    body: Any = names[-1]
    for previous, name in zip(reversed([x, *names[:-1]]), reversed(names), strict=True):
        body = Let(name, call("nn.relu", previous), body)
    assert str(infer(module(body, x)).ret_type) == "Tensor[(4), float32]"
