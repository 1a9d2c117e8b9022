"""What the built-in ops that no card describes do on values, and how tensor programs are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import Call
from relax_core.ir.expr import PrimFunc as TensorProgram
from relax_core.run_time import Array, Value
from tensor_core import codes, dtypes, prim, shapes
from tensor_core.diagnostics import fail
from tensor_core.loops import interpret
from tensor_core.loops.nodes import Buffer, PrimFunc
from tensor_core.loops.rewrite import Rewriter
from tensor_core.spans import Span
from tensor_core.tir.to_loops import to_loops_in_place
from tensor_core.types import TensorType


def _first(call: Call, args: Sequence[Value]) -> Value:
    del call
    return args[0]


def _shape_of(call: Call, args: Sequence[Value]) -> Value:
    del call
    return tuple(int(dim) for dim in args[0].shape)


def _shape_to_tensor(call: Call, args: Sequence[Value]) -> Value:
    del call
    return np.asarray(args[0], np.int64)


def _tensor_to_shape(call: Call, args: Sequence[Value]) -> Value:
    del call
    return tuple(int(dim) for dim in args[0])


def _size(call: Call, args: Sequence[Value]) -> Value:
    del call
    return np.asarray(args[0].size, np.int64)


def _assert(call: Call, args: Sequence[Value]) -> Value:
    if not args[0]:
        message = args[1] if len(args) > 1 and isinstance(args[1], str) and args[1] else "Assertion Failed"
        raise fail(codes.EXECUTION_FAILED, message, call.span)
    return ()


def _nothing(call: Call, args: Sequence[Value]) -> Value:
    del call, args
    return ()


def _alloc_tensor(call: Call, args: Sequence[Value]) -> Value:
    del call
    return np.empty(args[0], dtypes.to_numpy(args[1]))


def _alloc_storage(call: Call, args: Sequence[Value]) -> Value:
    del call
    return np.empty(prod(args[0]), np.uint8)


def _tensor_in_storage(call: Call, args: Sequence[Value]) -> Value:
    storage, offset, shape, name = args[:4]
    dtype = dtypes.to_numpy(name)
    size = prod(shape) * dtype.itemsize
    if offset + size > storage.size:
        message = f"a tensor of {size} bytes at {offset} does not fit into storage of {storage.size} bytes"
        raise fail(codes.EXECUTION_FAILED, message, call.span)
    return storage[offset : offset + size].view(dtype).reshape(shape)


def _null(call: Call, args: Sequence[Value]) -> Value:
    del call, args


BUILTINS: Mapping[str, Callable[[Call, Sequence[Value]], Value]] = {
    "relax.assert_op": _assert,
    "relax.builtin.alloc_tensor": _alloc_tensor,
    "relax.builtin.stop_lift_params": _first,
    "relax.grad.end_checkpoint": _first,
    "relax.grad.no_grad": _first,
    "relax.grad.start_checkpoint": _first,
    "relax.hint_on_device": _first,
    "relax.memory.alloc_storage": _alloc_storage,
    "relax.memory.alloc_tensor": _tensor_in_storage,
    "relax.memory.kill_storage": _nothing,
    "relax.memory.kill_tensor": _nothing,
    "relax.null_value": _null,
    "relax.shape_of": _shape_of,
    "relax.shape_to_tensor": _shape_to_tensor,
    "relax.size": _size,
    "relax.tensor_to_shape": _tensor_to_shape,
    "relax.to_vdevice": _first,
    "relax.vm.alloc_storage": _alloc_storage,
    "relax.vm.alloc_tensor": _tensor_in_storage,
    "relax.vm.kill_object": _nothing,
}
"""By full op name: the result for a call and the values of its arguments."""


def inputs_and_scalars(kernel: PrimFunc, args: Sequence[Value]) -> tuple[list[Array], dict[prim.Var, int]]:
    """The arrays and the scalars of a call_tir, from its argument tuple and its optional shape of scalars."""
    flat: list[Value] = []
    for item in args:
        flat += cast("tuple[Value, ...]", item) if isinstance(item, tuple) else [item]
    arrays: list[Array] = [item for item in flat if isinstance(item, np.ndarray)]
    numbers = [int(item) for item in flat if not isinstance(item, np.ndarray)]
    if len(numbers) != len(kernel.scalars):
        raise fail(
            codes.EXECUTION_FAILED,
            f"tensor program {kernel.name} takes {len(kernel.scalars)} scalars, got {len(numbers)}",
        )
    return arrays, dict(zip(kernel.scalars, numbers, strict=True))


def write_kernel(program: TensorProgram, args: Sequence[Value], span: Span | None = None) -> None:
    """Run a tensor program on all its arrays, then its scalars: it writes into the arrays."""
    kernel, order = to_loops_in_place(program)
    arrays, scalars = inputs_and_scalars(kernel, args)
    if len(arrays) != len(kernel.params):
        raise fail(codes.EXECUTION_FAILED, f"{kernel.name} takes {len(kernel.params)} arrays, got {len(arrays)}", span)
    first = len(arrays) - kernel.outputs
    ordered = [arrays[place] for place in order]
    types = [TensorType(array.shape, dtypes.from_numpy(array.dtype)) for array in ordered[first:]]
    if scalars:
        kernel = _Specialise(scalars).function(kernel)
    interpret.run(kernel, ordered[:first], types, into=ordered[first:])


def run_kernel(
    kernel: PrimFunc,
    arrays: Sequence[Array],
    out_types: Sequence[TensorType] | None,
    widen: bool = False,
    scalars: Mapping[prim.Var, int] | None = None,
) -> list[Array]:
    """The outputs of a tensor program; with ``widen`` its floats are float64."""
    if scalars:
        kernel = _Specialise(scalars).function(kernel)
    if widen:
        kernel = _widened(kernel)
        out_types = out_types and [
            TensorType(item.shape, "float64" if dtypes.is_float(item.dtype) else item.dtype) for item in out_types
        ]
    return interpret.run(kernel, arrays, out_types)


@lru_cache(maxsize=256)
def _widened(kernel: PrimFunc) -> PrimFunc:
    return interpret.widened(kernel)


class _Specialise(Rewriter):
    """Replaces scalar arguments by their values."""

    def __init__(self, values: Mapping[prim.Var, int]) -> None:
        super().__init__()
        self._values = values

    def function(self, func: PrimFunc) -> PrimFunc:
        return super().function(func).replace(scalars=())

    def buffer(self, buffer: Buffer) -> Buffer:
        values: dict[Any, Any] = dict(self._values)
        return Buffer(buffer.name, tuple(shapes.substitute(dim, values) for dim in buffer.shape), buffer.dtype)

    def expression(self, expr: prim.PrimExpr) -> prim.PrimExpr:
        if isinstance(expr, prim.Var) and expr in self._values:
            return prim.IntImm(self._values[expr], expr.dtype)
        return expr
