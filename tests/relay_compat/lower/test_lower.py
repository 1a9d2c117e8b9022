"""Lowered programs against the interpreter, and the rules of lowering."""

from typing import Any

import numpy as np
import pytest
from numpy_machine import run
from relay_build import call, const, module, var

from cpu_backend.machine import Machine
from relay_compat.interpret import evaluate
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
from relay_compat.ir.types import FuncType, GlobalTypeVar, TensorType, TupleType, TypeCall, TypeData
from relay_compat.lower import lower
from relay_compat.text.parser import parse
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.program import Choose, Invoke, LoadConstant, RunKernel, View

X = np.array([0.5, -1.5], "float32")


def agree(program: IRModule, *args: Any) -> None:
    expected, found = evaluate(program, args), run(lower(program), [np.asarray(arg) for arg in args])
    _same(expected, found)


def _same(expected: Any, found: Any) -> None:
    if isinstance(expected, tuple):
        assert isinstance(found, tuple)
        assert len(found) == len(expected)
        for one, other in zip(expected, found, strict=True):
            _same(one, other)
    else:
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def code_of(program: IRModule) -> tuple[str, DiagnosticError]:
    with pytest.raises(DiagnosticError) as caught:
        lower(program)
    return caught.value.diagnostics[0].code.id, caught.value


def kernels(program: IRModule) -> list[RunKernel]:
    return [item for item in lower(program).functions["main"].body.code if isinstance(item, RunKernel)]


def test_calls_constants_and_tuples() -> None:
    x = var("x", 2)
    total = call("add", call("exp", x), const([1.0, 2.0]))
    agree(module(Tuple((total, Tuple((x, call("nn.relu", total))))), x), X)


def test_tuple_arguments_are_flattened_and_results_rebuilt() -> None:
    x, t = var("x", 2), Var("t")
    joined = call("concatenate", Tuple((x, call("exp", x))), axis=0)
    parts = call("split", joined, indices_or_sections=2, axis=0)
    agree(module(Tuple((TupleGetItem(parts, 1), parts)), x), X)
    make = GlobalVar("make")
    pair = Function((x,), Tuple((x, call("exp", x))), TupleType((TensorType((2,)), TensorType((2,)))))
    y = var("y", 2)
    body = Let(t, Call(make, (y,)), call("concatenate", t, axis=0))
    agree(IRModule({make: pair, GlobalVar("main"): Function((y,), body)}), X)


def test_equal_calls_share_one_kernel() -> None:
    x = var("x", 2)
    first, second, third = kernels(module(call("exp", call("exp", call("add", x, x))), x))
    assert first.kernel is not second.kernel
    assert second.kernel is third.kernel
    assert isinstance(third.origin, Call)


def test_reshapes_are_views() -> None:
    x = var("x", 2)
    program = module(call("exp", call("reshape", call("expand_dims", x, axis=0), newshape=(2,))), x)
    code = lower(program).functions["main"].body.code
    assert [type(item) for item in code] == [View, View, RunKernel]
    agree(program, X)


def test_branches_hold_what_only_they_use() -> None:
    c, x = var("c", dtype="bool"), var("x", 2)
    shared, inner = call("exp", x), call("negative", x)
    program = module(If(c, call("add", shared, inner), call("log", shared)), c, x)
    before, choice = lower(program).functions["main"].body.code
    assert isinstance(before, RunKernel)
    assert isinstance(choice, Choose)
    assert len(choice.then.code) == 2
    assert len(choice.otherwise.code) == 1
    agree(program, np.bool_(True), X)
    agree(program, np.bool_(False), X)


def test_one_constant_is_loaded_once() -> None:
    c, x, k = var("c", dtype="bool"), var("x", 2), const([1.0, 2.0])
    program = module(If(c, call("add", x, k), call("multiply", x, k)), c, x)
    code = lower(program).functions["main"].body.code
    assert sum(isinstance(item, LoadConstant) for item in code) == 1
    agree(program, np.bool_(False), X)


def test_let_values_and_nested_lets() -> None:
    x, a, b = var("x", 2), Var("a"), Var("b")
    inner = Let(b, call("exp", a), call("add", b, x))
    agree(module(Let(a, call("negative", x), call("add", inner, a)), x), X)


def test_function_literals_are_inlined_at_each_call() -> None:
    x, p, f = var("x", 2), var("p", 2), Var("f")
    fused = Function((p,), call("exp", call("add", p, x)), attrs={"Primitive": 1})
    program = module(Let(f, fused, call("add", Call(f, (x,)), Call(fused, (call("negative", x),)))), x)
    assert len(kernels(program)) == 6
    agree(program, X)


def test_global_functions_are_invoked() -> None:
    x, y, f = var("x", 2), var("y", 2), GlobalVar("f")
    callee = Function((y,), call("exp", y), TensorType((2,)))
    program = IRModule({GlobalVar("main"): Function((x,), Call(f, (Call(f, (x,)),))), f: callee})
    lowered = lower(program)
    assert [type(item) for item in lowered.functions["main"].body.code] == [Invoke, Invoke]
    assert set(lowered.functions) == {"main", "f"}
    agree(program, X)


def test_recursive_global_functions() -> None:
    n, y, loop = var("n", dtype="int32"), var("y", dtype="int32"), GlobalVar("loop")
    one = const(1, "int32")
    step = call("add", Call(loop, (call("subtract", n, one),)), one)
    body = If(call("less", n, one), const(0, "int32"), step)
    scalar = TensorType((), "int32")
    main = Function((y,), Call(loop, (y,)), scalar)
    agree(IRModule({loop: Function((n,), body, scalar), GlobalVar("main"): main}), np.int32(5))


def test_expansions_run_as_one_kernel() -> None:
    x, gamma, beta = var("x", 2, 4), var("gamma", 4), var("beta", 4)
    program = module(call("nn.layer_norm", x, gamma, beta), x, gamma, beta)
    assert len(kernels(program)) == 1
    rng = np.random.default_rng(0)
    agree(program, *(rng.standard_normal(shape).astype("float32") for shape in ((2, 4), (4,), (4,))))


def _local_recursion() -> IRModule:
    n, f, y = var("n", dtype="int32"), Var("f"), var("y", dtype="int32")
    scalar = TensorType((), "int32")
    body = If(call("less", n, const(1, "int32")), n, Call(f, (call("subtract", n, const(1, "int32")),)))
    return module(Let(f, Function((n,), body, scalar), Call(f, (y,))), y)


def _adt() -> IRModule:
    """The length of a list of three by recursion over its constructors."""
    name = GlobalTypeVar("L")
    nil, cons = Constructor("N", (), name, 0), Constructor("C", (TensorType((2,)), TypeCall(name, ())), name, 1)
    kind = TypeCall(name, ())
    x, items, rest, length = var("x", 2), Var("items", kind), Var("rest"), GlobalVar("length")
    scalar = TensorType((), "int32")
    longer = call("add", Call(length, (rest,)), const(1, "int32"))
    arms = (
        Clause(PatternConstructor(nil), const(0, "int32")),
        Clause(PatternConstructor(cons, (PatternWildcard(), PatternVar(rest))), longer),
    )
    three: Any = Call(nil, ())
    for _ in range(3):
        three = Call(cons, (x, three))
    main = Function((x,), Call(length, (three,)))
    return IRModule(
        {length: Function((items,), Match(items, arms), scalar), GlobalVar("main"): main},
        {name: TypeData(name, (), (nil, cons))},
    )


STATIC_ONLY = [
    (module(Let(Var("r"), RefCreate(const(1.0)), const(1.0))), "RefCreate"),
    (module(Match(const(1.0), (Clause(PatternWildcard(), const(1.0)),))), "Match"),
    (module(Tuple((Function((), const(1.0)),))), "function as a value"),
    (_local_recursion(), "recursion of a local function"),
    (module(call("exp", x := var("x", shapes.ANY)), x), "not fixed"),
    (_adt(), "a value of N"),
]


@pytest.mark.parametrize(("program", "what"), STATIC_ONLY, ids=[what for _, what in STATIC_ONLY])
def test_what_the_graph_executor_has_no_form_of_is_refused_for_it_with_its_name(program: IRModule, what: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        lower(program, static=True)
    assert caught.value.diagnostics[0].code.id == "R2R0605"
    assert what in str(caught.value)
    assert lower(program).functions


def test_local_recursion_runs_over_a_closure_that_holds_itself() -> None:
    program = _local_recursion()
    agree(program, np.int32(5))
    assert len(lower(program).functions) == 2


def test_a_function_chosen_at_run_time() -> None:
    c, x, k, f = var("c", dtype="bool"), var("x", 2), var("k", 2), Var("f")
    p, q = var("p", 2), var("q", 2)
    choice = If(c, Function((p,), call("add", p, k)), Function((q,), call("multiply", q, call("exp", k))))
    program = module(Let(f, choice, call("add", Call(f, (x,)), Call(f, (k,)))), c, x, k)
    agree(program, np.bool_(True), X, X + 1)
    agree(program, np.bool_(False), X, X + 1)


def test_functions_in_tuples_and_as_arguments() -> None:
    x, f, g, pair = var("x", 2), Var("f"), Var("g"), Var("pair")
    p, q, y = var("p", 2), var("q", 2), var("y", 2)
    twice = Function((g, y), Call(g, (Call(g, (y,)),)), TensorType((2,)))
    g.memo("type_annotation", FuncType((TensorType((2,)),), TensorType((2,))))
    add = Function((p,), call("add", p, x), TensorType((2,)))
    held = Tuple((add, Function((q,), call("negative", q), TensorType((2,)))))
    body = Let(f, twice, Let(pair, held, Call(f, (TupleGetItem(pair, 0), Call(TupleGetItem(pair, 1), (x,))))))
    agree(module(body, x), X)


def test_global_functions_as_values() -> None:
    c, x, y, z, f = var("c", dtype="bool"), var("x", 2), var("y", 2), var("z", 2), Var("f")
    first, second = GlobalVar("first"), GlobalVar("second")
    program = IRModule(
        {
            first: Function((y,), call("exp", y), TensorType((2,))),
            second: Function((z,), call("negative", z), TensorType((2,))),
            GlobalVar("main"): Function((c, x), Let(f, If(c, first, second), Call(f, (x,)))),
        }
    )
    agree(program, np.bool_(True), X)
    agree(program, np.bool_(False), X)


def test_references_are_written_in_the_order_of_lets() -> None:
    x, r, a, b = var("x", 2), Var("r"), Var("a"), Var("b")
    double = call("add", RefRead(r), RefRead(r))
    body = Let(r, RefCreate(x), Let(a, RefRead(r), Let(b, RefWrite(r, double), Tuple((a, RefRead(r), b)))))
    agree(module(body, x), X)


def test_a_closure_writes_a_reference_around_it() -> None:
    x, r, f, p, one, two = var("x", 2), Var("r"), Var("f"), var("p", 2), Var("one"), Var("two")
    step = Function((p,), RefWrite(r, call("add", RefRead(r), p)))
    calls = Let(one, Call(f, (x,)), Let(two, Call(f, (call("exp", x),)), RefRead(r)))
    agree(module(Let(r, RefCreate(x), Let(f, step, calls)), x), X)


def test_data_constructors_and_matches() -> None:
    agree(_adt(), X)


def test_no_arm_of_a_match() -> None:
    name = GlobalTypeVar("L")
    nil, one = Constructor("N", (), name, 0), Constructor("O", (), name, 1)
    program = IRModule(
        {
            GlobalVar("main"): Function(
                (), Match(Call(one, ()), (Clause(PatternConstructor(nil), const(0.0)),), complete=False)
            )
        },
        {name: TypeData(name, (), (nil, one))},
    )
    with pytest.raises(DiagnosticError, match="no arm of the match"):
        run(lower(program), [])


def test_sizes_that_only_the_run_tells() -> None:
    x, y = var("x", shapes.ANY, 2), var("y", shapes.ANY, 2)
    joined = call("concatenate", Tuple((call("exp", x), y)), axis=0)
    program = module(call("sum", call("where", call("greater", joined, const(0.0)), joined, joined), axis=(0,)), x, y)
    machine = Machine(lower(program))
    for rows in (1, 3, 0):
        args = [np.full((rows, 2), 0.5, "float32"), np.full((rows + 1, 2), -1.5, "float32")]
        np.testing.assert_allclose(machine.run(args), evaluate(program, args), rtol=1e-6)
        agree(program, *args)
    assert not machine.references


def test_shapes_computed_by_the_program_run_as_their_static_twins() -> None:
    x, s = var("x", shapes.ANY), var("s", 2, dtype="int64")
    program = module(call("exp", call("dyn.reshape", x, s, newshape=())), x, s)
    machine = Machine(lower(program))
    args = [np.arange(6, dtype="float32"), np.asarray([2, -1])]
    np.testing.assert_allclose(machine.run(args), evaluate(program, args), rtol=1e-6)
    assert not machine.references


def test_arguments_that_do_not_fit_an_operator_are_refused_when_it_runs() -> None:
    x, y = var("x", shapes.ANY), var("y", shapes.ANY)
    machine = Machine(lower(module(call("add", x, y), x, y)))
    with pytest.raises(DiagnosticError, match="R2R060"):
        machine.run([np.zeros(2, "float32"), np.zeros(3, "float32")])


def test_a_loop_in_which_sizes_grow_makes_a_bounded_number_of_kernels() -> None:
    n, x, y, k, loop = (
        var("n", dtype="int32"),
        var("x", shapes.ANY),
        var("y", 2),
        var("k", dtype="int32"),
        GlobalVar("loop"),
    )
    open_ = TensorType((shapes.ANY,))
    grown = Call(loop, (call("subtract", n, const(1, "int32")), call("concatenate", Tuple((x, const([1.0]))), axis=0)))
    body = If(call("less", n, const(1, "int32")), x, grown)
    program = IRModule(
        {loop: Function((n, x), body, open_), GlobalVar("main"): Function((k, y), Call(loop, (k, y)), open_)}
    )
    machine = Machine(lower(program))
    assert machine.run([np.asarray(200, "int32"), X]).shape == (202,)
    assert machine.references == ("concatenate",)


def test_opaque_operator_is_refused() -> None:
    x = var("x", 2)
    opaque = Call(Op("vendor.op"), (x,))
    opaque.memo("checked", TensorType((2,)))
    assert code_of(module(opaque, x))[0] == "R2R0601"


def test_references_may_be_read_by_the_interpreter_still() -> None:
    r = Var("r")
    assert evaluate(module(Let(r, RefCreate(const(2.0)), RefRead(r))), []) == 2.0


def test_depth_is_no_limit() -> None:
    x = var("x", 1)
    value: Any = x
    for _ in range(50_000):
        value = call("add", value, x)
    lowered = lower(module(value, x)).functions["main"]
    assert len(lowered.body.code) == 50_000
    assert len({item.kernel for item in lowered.body.code if isinstance(item, RunKernel)}) == 1


def test_growth_by_inlining_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay_compat.lowering.function.LARGEST", 1000)
    x = var("x", 2)
    function: Any = None
    for number in range(12):
        p = var(f"p{number}", 2)
        inner = call("exp", p) if function is None else Call(function, (Call(function, (p,)),))
        function = Function((p,), inner)
    assert code_of(module(Call(function, (x,)), x))[0] == "R2R0605"


SCALES = ((0.5, "float32"), (1, "int32"), (0.75, "float32"), (-3, "int32"))


def test_rescaling_by_constants_is_compiled() -> None:
    x, values = var("x", 3, dtype="int32"), np.array([-4, 5, 900], "int32")
    scales = [const(v, dtype) for v, dtype in SCALES]
    others = [const(2 * v, dtype) for v, dtype in SCALES]
    twice = [call("qnn.requantize", x, *given, out_dtype="int8") for given in (scales, others, scales)]
    program = module(Tuple(tuple(twice)), x)
    # Equal constants share a kernel, others do not.
    assert len({id(step.kernel) for step in kernels(program)}) == 2
    agree(program, values)


def test_rescaling_by_computed_scales_runs_by_its_reference() -> None:
    x, scale = var("x", 3, dtype="int32"), var("scale")
    rest = [const(v, dtype) for v, dtype in SCALES[1:]]
    program = module(call("qnn.requantize", x, scale, *rest, out_dtype="int8"), x, scale)
    assert not kernels(program)
    agree(program, np.array([-4, 5, 900], "int32"), np.array(0.5, "float32"))


def test_a_variable_may_name_a_global_function_or_a_constructor() -> None:
    program = parse(
        """#[version = "0.0.5"]
type Box { Full(float32) }
def @main(%x: float32) -> float32 {
  let %f = @twice;
  let %full = Full;
  let %box = %full(%f(%x));
  let %apply = fn (%g: fn (float32) -> float32, %y: float32) -> float32 { %g(%y) };
  match (%box) { Full(%v) => %apply(@twice, %v) }
}
def @twice(%x: float32) -> float32 { add(%x, %x) }
"""
    )
    agree(program, np.float32(3))
    with pytest.raises(DiagnosticError, match="as a value is not compiled"):
        lower(program, static=True)
