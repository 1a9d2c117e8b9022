"""What the built-in ops that no card describes do on values, and how tensor programs are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import cast

import numpy as np

from relax_core.builtins.table import BUILTINS as TABLE
from relax_core.ir.expr import Call
from relax_core.ir.expr import PrimFunc as TensorProgram
from relax_core.run_time import Array, Value, scalar
from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.loops import interpret
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.specialize import specialized
from tensor_core.reference import value_as
from tensor_core.spans import Span
from tensor_core.tir.stmt import Return
from tensor_core.tir.to_loops import to_loops_in_place
from tensor_core.types import TensorType

BUILTINS: Mapping[str, Callable[[Call, Sequence[Value]], Value]] = {
    name: item.run for name, item in TABLE.items() if item.run is not None
}
"""By full op name: the result for a call and the values of its arguments."""

Scalars = Mapping[prim.Var, int | float]
"""The numbers that a kernel takes by value."""


def inputs_and_scalars(kernel: PrimFunc, args: Sequence[Value]) -> tuple[list[Array], dict[prim.Var, int | float]]:
    """The arrays and the scalars of a call_tir, from its argument tuple and its optional shape of scalars. R2R0602 for
    another number of scalars than the program takes.
    """
    flat: list[Value] = []
    for item in args:
        flat += cast("tuple[Value, ...]", item) if isinstance(item, tuple) else [item]
    arrays: list[Array] = [item for item in flat if isinstance(item, np.ndarray)]
    numbers = [item for item in flat if not isinstance(item, np.ndarray)]
    if len(numbers) != len(kernel.scalars):
        raise fail(
            codes.EXECUTION_FAILED,
            f"tensor program {kernel.name} takes {len(kernel.scalars)} scalars, got {len(numbers)}",
        )
    return arrays, {var: _number(var, item) for var, item in zip(kernel.scalars, numbers, strict=True)}


def _number(var: prim.Var, value: Value) -> int | float:
    return float(value) if dtypes.is_float(var.dtype) else int(value)


def write_kernel(program: TensorProgram, args: Sequence[Value], span: Span | None = None) -> None:
    """Run a tensor program on all its arrays, then its scalars: it writes into the arrays. R2R0602 for another number
    of arrays than it takes.
    """
    kernel, order = to_loops_in_place(program)
    arrays, scalars = inputs_and_scalars(kernel, args)
    if len(arrays) != len(kernel.params):
        raise fail(codes.EXECUTION_FAILED, f"{kernel.name} takes {len(kernel.params)} arrays, got {len(arrays)}", span)
    first = len(arrays) - kernel.outputs
    ordered = [arrays[place] for place in order]
    types = [TensorType(array.shape, dtypes.from_numpy(array.dtype)) for array in ordered[first:]]
    if scalars:
        kernel = specialized(kernel, scalars)
    interpret.run(kernel, ordered[:first], types, into=ordered[first:])


def returned(program: TensorProgram, args: Sequence[Value], span: Span | None = None) -> Value:
    """The number of a program that only returns an expression of its scalars. R2R0609 where it does more."""
    if not isinstance(program.body, Return) or program.buffer_map:
        raise fail(codes.NOT_EXECUTABLE, "a tensor program that returns a scalar does more than that", span)
    return scalar(program.body.value, dict(zip(program.params, args, strict=True)))


def run_kernel(
    kernel: PrimFunc,
    arrays: Sequence[Array],
    out_types: Sequence[TensorType] | None,
    floats: str = "",
    scalars: Scalars | None = None,
) -> list[Array]:
    """The outputs of a tensor program; ``floats``: the element type as which its floats are computed."""
    if scalars:
        kernel = specialized(kernel, scalars)
    if floats:
        # Packed functions answer floats of their own type.
        arrays = [value_as(floats, array) for array in arrays]
        kernel = _widened(kernel, floats)
        out_types = out_types and [
            TensorType(item.shape, floats if dtypes.is_float(item.dtype) else item.dtype) for item in out_types
        ]
    return interpret.run(kernel, arrays, out_types)


@lru_cache(maxsize=256)
def _widened(kernel: PrimFunc, floats: str) -> PrimFunc:
    return interpret.widened(kernel, floats)
