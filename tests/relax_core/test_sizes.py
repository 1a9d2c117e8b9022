"""Functions of symbolic sizes are made for the sizes that come, and compute what the interpreter does."""

from typing import Any

import numpy as np
import pytest
from relax_build import call, relax, variable

from cpu_backend.cache import KernelCache
from cpu_backend.machine import Machine
from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import Tuple
from relax_core.ir.types import TensorType
from relax_core.lower import lower
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import Var

n, m = Var("n"), Var("m")


def _chain() -> Any:
    bb = BlockBuilder()
    x, y = variable("x", n, 4), variable("y", n, 4)
    with bb.function("main", [x, y]):
        bb.emit_func_output(bb.emit(relax("exp", bb.emit(relax("add", x, y)))))
    return bb.get()


def _joined() -> Any:
    bb = BlockBuilder()
    x, y = variable("x", n, 4), variable("y", m, 4)
    with bb.function("main", [x, y]):
        both = bb.emit(call("concatenate", Tuple((x, y)), axis=0))
        bb.emit_func_output(bb.emit((call("nn.softmax", both), call("sum", x, axis=(0,)))))
    return bb.get()


def _matched() -> Any:
    bb = BlockBuilder()
    x, y = variable("x", n, 4), variable("y", m, 4)
    with bb.function("main", [x, y]):
        cast = bb.match_cast(y, TensorType((shapes.multiply(n, 2), 4), "float32"))
        bb.emit_func_output(bb.emit(relax("multiply", cast, call("concatenate", Tuple((x, x)), axis=0))))
    return bb.get()


def _arrays(rows: int, others: int) -> list[np.ndarray]:
    generator = np.random.default_rng(rows)
    return [generator.standard_normal((count, 4)).astype("float32") for count in (rows, others)]


def _same(found: Any, expected: Any) -> None:
    pairs = zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]
    for one, other in pairs:
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("fuse", [False, True])
@pytest.mark.parametrize(("make", "factor"), [(_chain, 1), (_joined, 3), (_matched, 2)])
def test_every_size_computes_what_the_interpreter_does(make: Any, factor: int, fuse: bool) -> None:
    module = make()
    machine = Machine(lower(module), cache=KernelCache(), fuse=fuse)
    for rows in (1, 3, 0, 3, 1):
        args = _arrays(rows, factor * rows)
        _same(machine.run(args), evaluate(module, args))
        _same(machine.run(args, observe=lambda _origin, _value: None), evaluate(module, args))


def test_kernels_of_a_size_are_joined() -> None:
    cache = KernelCache()
    machine = Machine(lower(_chain()), cache=cache, fuse=True)
    symbolic = len(cache)
    counts: list[int] = []
    for rows in (2, 2, 5, 2):
        machine.run(_arrays(rows, rows))
        counts.append(len(cache) - symbolic)
    assert counts == [1, 1, 2, 2]


def test_sizes_that_do_not_fit_are_refused_every_time() -> None:
    machine = Machine(lower(_matched()), cache=KernelCache())
    for _ in range(2):
        with pytest.raises(DiagnosticError, match="R2R0602"):
            machine.run(_arrays(2, 3))
    machine.run(_arrays(2, 4))
