"""Lowered programs against the interpreter, and the rules of lowering."""

from typing import Any

import numpy as np
import pytest
from numpy_machine import run
from relay_build import call, const, module, var

from relay_compat.interpret import evaluate
from relay_compat.ir.adt import Clause, Match, PatternWildcard
from relay_compat.ir.expr import (
    Call,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.ir.types import TensorType, TupleType
from relay_compat.lower import lower
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


@pytest.mark.parametrize(
    ("program", "what"),
    [
        (module(Let(Var("r"), RefCreate(const(1.0)), const(1.0))), "RefCreate"),
        (module(Match(const(1.0), (Clause(PatternWildcard(), const(1.0)),))), "Match"),
        (module(Tuple((Function((), const(1.0)),))), "function as a value"),
        (_local_recursion(), "recursion of a local function"),
        (module(call("exp", x := var("x", shapes.ANY)), x), "not fixed"),
    ],
)
def test_what_only_the_interpreter_runs_is_refused_with_its_name(program: IRModule, what: str) -> None:
    code, error = code_of(program)
    assert code == "R2R0605"
    assert what in str(error)
    assert "interpreter" in error.diagnostics[0].hint


def test_a_function_chosen_at_run_time_is_refused() -> None:
    c, x, f = var("c", dtype="bool"), var("x", 2), Var("f")
    p, q = var("p", 2), var("q", 2)
    choice = If(c, Function((p,), call("exp", p)), Function((q,), call("log", q)))
    assert code_of(module(Let(f, choice, Call(f, (x,))), c, x))[0] == "R2R0605"


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
    monkeypatch.setattr("relay_compat.lower.LARGEST", 1000)
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
