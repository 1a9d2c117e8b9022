"""Whole programs: every instruction, call depth, what is checked, what observers see."""

import dataclasses
import gc
import weakref
from typing import Any

import numpy as np
import pytest

from cpu_backend import llvm
from cpu_backend.cache import KernelCache
from cpu_backend.jit import Options
from cpu_backend.machine import Machine
from tensor_core import codes, prim
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.nodes import Combiner, PrimFunc
from tensor_core.ops.card import NoParams
from tensor_core.ops.registry import registry
from tensor_core.prim import Var
from tensor_core.program import (
    Body,
    Choose,
    Invoke,
    LoadConstant,
    MakeTuple,
    MatchType,
    Program,
    ProgramFunction,
    RunHost,
    RunKernel,
    RunReference,
    TakeItem,
    View,
)  # fmt: skip
from tensor_core.types import TensorType, TupleType

F4 = TensorType((4,))
BOOL = TensorType((), "bool")
INT = TensorType((), "int32")


def kernel(make: Any, *types: TensorType, shape: tuple = (4,)) -> PrimFunc:
    b = LoopBuilder()
    tensors = [b.input(f"x{n}", type_) for n, type_ in enumerate(types)]
    return b.finish("kernel", [b.compute(shape, lambda *i: make(*(t[i[len(i) - t.rank :]] for t in tensors)))])


ADD = kernel(lambda x, y: x + y, F4, F4)
DOUBLE = kernel(lambda x: x * 2.0, F4)


def program(code: list, result: int, params: int = 1, registers: int = 12, **more: ProgramFunction) -> Program:
    names = tuple(f"p{n}" for n in range(params))
    return Program({"main": ProgramFunction("main", names, registers, Body(tuple(code), result)), **more})


def array(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


X = array(1, 2, 3, 4)


def test_kernels_constants_views_and_tuples() -> None:
    code = [
        RunKernel(DOUBLE, (0,), (1,), (F4,)),
        LoadConstant(2, array(10, 20, 30, 40)),
        RunKernel(ADD, (1, 2), (3,), (F4,)),
        View(4, 3, (2, 2)),
        MakeTuple(5, (4, 0)),
        TakeItem(6, 5, 0),
        MakeTuple(7, (6, 5)),
    ]
    view, (again, argument) = Machine(program(code, 7)).run([X])
    assert view.tolist() == [[12, 24], [36, 48]]
    assert again is view
    assert argument is X


def test_results_do_not_depend_on_layout_of_arguments() -> None:
    machine = Machine(program([RunKernel(DOUBLE, (0,), (1,), (F4,))], 1))
    wide = np.arange(8, dtype=np.float32)
    assert machine.run([wide[::2]]).tolist() == [0, 4, 8, 12]
    assert machine.run([wide[3::-1]]).tolist() == [6, 4, 2, 0]
    raw = np.zeros(17, np.uint8)
    shifted = raw[1:].view(np.float32)
    shifted[:] = X
    assert machine.run([shifted]).tolist() == [2, 4, 6, 8]


def test_a_reference_runs_where_there_is_no_kernel() -> None:
    card = registry().by_name["nn.relu"]
    machine = Machine(program([RunReference(card, NoParams(), (0,), 1)], 1))
    assert machine.run([array(-1, 2)]).tolist() == [0, 2]
    assert machine.references == ("nn.relu",)


def test_operators_that_run_by_reference_are_named_wherever_they_stand() -> None:
    then = Body((RunHost("nonzero", lambda values, _: values[0], (0,), 2, is_reference=True),), 2)
    otherwise = Body((RunHost("shape", lambda values, _: values[0], (0,), 3),), 3)
    machine = Machine(program([Choose(4, 1, then, otherwise), RunKernel(DOUBLE, (4,), (5,), (F4,))], 5, params=2))
    assert machine.references == ("nonzero",)


def choice(**more: Any) -> Program:
    then, otherwise = Body((RunKernel(DOUBLE, (0,), (3,), (F4,)),), 3), Body((), 0)
    code = [Choose(2, 1, then, otherwise), RunKernel(ADD, (2, 0), (4,), (F4,))]
    return program(code, 4, params=2, **more)


def test_choices_may_use_what_is_around_them() -> None:
    machine = Machine(choice())
    assert machine.run([X, np.array(True)]).tolist() == [3, 6, 9, 12]
    assert machine.run([X, np.array(False)]).tolist() == [2, 4, 6, 8]


def countdown() -> Program:
    """f(n, x) = n > 0 ? f(n - 1, x + x) : x, but x is halved again."""
    step = kernel(lambda n: n - 1, INT, shape=())
    test = kernel(lambda n: n > 0, INT, shape=())
    same = kernel(lambda x: (x + x) * 0.5 + 1.0, F4)
    more = Body((RunKernel(step, (0,), (3,), (INT,)), RunKernel(same, (1,), (4,), (F4,)), Invoke(5, "f", (3, 4))), 5)
    body = Body((RunKernel(test, (0,), (2,), (BOOL,)), Choose(6, 2, more, Body((), 1))), 6)
    return Program({"f": ProgramFunction("f", ("n", "x"), 7, body)})


def test_tail_calls_run_in_constant_memory() -> None:
    machine = Machine(countdown())
    assert machine.run([np.array(20_000, np.int32), X], "f").tolist() == (X + 20_000).tolist()
    assert machine.run([np.array(50, np.int32), X], "f", observe=lambda *_: None).tolist() == (X + 50).tolist()


def test_deep_calls_that_are_not_tail_calls() -> None:
    """f(n) = n > 0 ? f(n - 1) + n : n."""
    step = kernel(lambda n: n - 1, INT, shape=())
    test = kernel(lambda n: n > 0, INT, shape=())
    plus = kernel(lambda a, b: a + b, INT, INT, shape=())
    more = Body((RunKernel(step, (0,), (2,), (INT,)), Invoke(3, "f", (2,)), RunKernel(plus, (3, 0), (4,), (INT,))), 4)
    body = Body((RunKernel(test, (0,), (1,), (BOOL,)), Choose(5, 1, more, Body((), 0))), 5)
    machine = Machine(Program({"f": ProgramFunction("f", ("n",), 6, body)}))
    assert machine.run([np.array(20_000, np.int32)], "f") == 200_010_000


def test_a_long_chain_of_kernels() -> None:
    code = [RunKernel(DOUBLE if n % 2 else HALF, (n,), (n + 1,), (F4,)) for n in range(50_000)]
    assert Machine(program(code, 50_000, registers=50_001)).run([X]).tolist() == X.tolist()


HALF = kernel(lambda x: x * 0.5, F4)


def test_values_are_dropped_after_their_last_use() -> None:
    made: list[weakref.ref] = []
    alive: list[int] = []

    def reference(_: NoParams, x: np.ndarray) -> np.ndarray:
        gc.collect()
        alive.append(sum(item() is not None for item in made))
        result = x + 1
        made.append(weakref.ref(result))
        return result

    card = dataclasses.replace(registry().by_name["nn.relu"], reference=reference)
    code = [RunReference(card, NoParams(), (n,), n + 1) for n in range(6)]
    Machine(program(code, 6)).run([X])
    assert alive == [0, 1, 1, 1, 1, 1]


def test_symbolic_sizes() -> None:
    n, m = Var("n"), Var("m")
    b = LoopBuilder()
    x = b.input("x", TensorType((n, m)))
    total = b.finish("total", [b.reduce((n,), (m,), lambda i, k: x[i, k], Combiner.SUM)])
    b = LoopBuilder()
    filled = b.finish("filled", [b.compute((n * m,), lambda i: i.astype("float32"))])
    code = [
        RunKernel(total, (0,), (1,), (TensorType((n,)),)),
        RunKernel(filled, (), (2,), (TensorType((n * m,)),)),
        View(3, 2, (m, n)),
        MatchType(3, TensorType((m, n)), "view"),
        MakeTuple(4, (1, 3)),
    ]
    function = ProgramFunction("main", ("x",), 5, Body(tuple(code), 4), (TensorType((n, m)),))
    machine = Machine(Program({"main": function}))
    for rows, columns in ((2, 3), (1, 1), (5, 40)):
        data = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)
        sums, view = machine.run([data])
        assert sums.tolist() == data.sum(axis=1).tolist()
        assert view.tolist() == data.reshape(columns, rows).tolist()


def test_scratch_memory_of_any_size() -> None:
    n = Var("n")
    b = LoopBuilder()
    x = b.input("x", TensorType((n,)))
    y = b.compute((n,), lambda i: x[i] + 1.0)
    z = b.compute((n,), lambda i: y[i] * 2.0)
    func = b.finish("kernel", [b.compute((n,), lambda i: z[i] + y[i])])
    machine = Machine(program([RunKernel(func, (0,), (1,), (TensorType((n,)),))], 1))
    for size in (1, 5000, 3, 100_000):
        assert machine.run([np.ones(size, np.float32)]).tolist() == [6.0] * size


def test_observers_see_and_replace_values() -> None:
    code = [
        RunKernel(DOUBLE, (0,), (1,), (F4,), "double"),
        MakeTuple(2, (1, 0), "pair"),
        TakeItem(3, 2, 0, "item"),
        RunKernel(ADD, (3, 0), (4,), (F4,), "sum"),
        LoadConstant(5, X),
    ]
    seen = []

    def observe(origin: Any, _: Any) -> Any:
        seen.append(origin)
        return np.array([1, 1, 1, 1, 9], np.float32)[3::-1] if origin == "double" else None

    assert Machine(program(code, 4)).run([X], observe=observe).tolist() == [2, 3, 4, 5]
    assert seen == ["double", "pair", "item", "sum"]


def test_observers_see_choices_and_calls() -> None:
    inner = ProgramFunction("inner", ("x",), 2, Body((RunKernel(DOUBLE, (0,), (1,), (F4,), "inner"),), 1))
    code = [Invoke(2, "inner", (0,), "call"), Choose(3, 1, Body((), 2), Body((), 0), "choice")]
    seen: dict[str, list] = {}
    Machine(program(code, 3, params=2, inner=inner)).run(
        [X, np.array(True)], observe=lambda origin, value: seen.update({origin: value.tolist()})
    )
    assert seen == {"inner": [2, 4, 6, 8], "call": [2, 4, 6, 8], "choice": [2, 4, 6, 8]}


TYPED = Program({"main": ProgramFunction("main", ("x",), 1, Body((), 0), (TupleType((F4, INT)),))})
BARE = program([RunKernel(DOUBLE, (0,), (1,), (F4,))], 1)


@pytest.mark.parametrize(
    ("wrong", "args", "entry", "code", "message"),
    [
        (BARE, [], "main", codes.EXECUTION_FAILED, "main takes 1 arguments, got 0"),
        (BARE, [X], "other", codes.NO_SUCH_FUNCTION, "no function other"),
        (BARE, [X.astype("float64")], "main", codes.EXECUTION_FAILED, "x0 is a float64 array"),
        (BARE, [X.astype(">f4")], "main", codes.EXECUTION_FAILED, "x0 is a float32 array"),
        (BARE, [X[:3]], "main", codes.EXECUTION_FAILED, r"of shape \(3,\), not a float32 array of shape \(4\)"),
        (BARE, [(X, X)], "main", codes.EXECUTION_FAILED, "x0 is a tuple of 2 values"),
        (TYPED, [X], "main", codes.EXECUTION_FAILED, "argument x is a float32 array"),
        (TYPED, [(X, X)], "main", codes.EXECUTION_FAILED, r"argument x\[1\] is a float32 array"),
        (TYPED, [(X[:2], np.int32(1))], "main", codes.EXECUTION_FAILED, r"argument x\[0\] has shape \(2\)"),
        (program([View(1, 0, (3,))], 1), [X], "main", codes.EXECUTION_FAILED, "4 elements cannot be seen as shape"),
    ],
)
def test_what_does_not_fit_is_refused(wrong: Program, args: list, entry: str, code: Any, message: str) -> None:
    with pytest.raises(DiagnosticError, match=message) as error:
        Machine(wrong).run(args, entry)
    assert error.value.diagnostics[0].code is code


def test_a_malformed_kernel_is_refused_before_anything_runs() -> None:
    wrong = kernel(lambda x: prim.Add(x, prim.const(1, "float64")), F4)
    with pytest.raises(DiagnosticError, match="operands of") as error:
        Machine(program([RunKernel(wrong, (0,), (1,), (F4,))], 1))
    assert error.value.diagnostics[0].code is codes.MALFORMED_KERNEL


def test_what_cannot_be_compiled_is_interpreted() -> None:
    exotic = "float8_e4m3fn"
    func = kernel(lambda x: (x + 1.0).astype(exotic).astype("float32"), F4)
    machine = Machine(program([RunKernel(func, (0,), (1,), (F4,)), RunKernel(DOUBLE, (1,), (2,), (F4,))], 2))
    assert machine.interpreted == ("kernel",)
    assert machine.run([X]).tolist() == [4, 6, 8, 10]


def test_equal_kernels_are_compiled_once() -> None:
    cache = KernelCache()
    code = [RunKernel(kernel(lambda x: x * 2.0, F4), (n,), (n + 1,), (F4,)) for n in range(5)]
    Machine(program(code, 5), cache=cache)
    assert len(cache) == 1
    Machine(program(code[:2], 2), cache=cache)
    assert len(cache) == 1
    Machine(program(code[:2], 2), cache=cache, options=Options(strict=True))
    assert len(cache) == 2


def test_a_full_cache_forgets_the_oldest_and_machines_keep_theirs() -> None:
    def machine(n: int, cache: KernelCache) -> Machine:
        code = [RunKernel(kernel(lambda x: x + float(n), F4), (0,), (1,), (F4,))]
        return Machine(program(code, 1), cache=cache)

    llvm.forget_linkers()
    whole = KernelCache()
    for n in range(5):
        machine(n, whole)
    llvm.forget_linkers()
    cache = KernelCache(capacity=whole.size - 1)
    machines = [machine(n, cache) for n in range(5)]
    gc.collect()
    assert len(cache) == 4
    assert [machine.run([X])[0] for machine in machines] == [1, 2, 3, 4, 5]
