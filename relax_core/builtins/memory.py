"""Memory: storage, tensors in it, their ends, and views (src/relax/op/op.cc and memory/view.cc in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from relax_core.builtins.builtin import Argument, Builtin, Kind, anything, argument, nothing, null, refused
from relax_core.builtins.views import VIEWS
from relax_core.ir.expr import Call, DataTypeImm, ShapeExpr, Var
from relax_core.ir.types import ShapeType, TensorType, Type
from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail


def _dtype(call: Call, place: int) -> str:
    written = call.args[place] if place < len(call.args) else None
    return written.value if isinstance(written, DataTypeImm) else ""


def _new_tensor(call: Call, release: str) -> Type:
    del release
    argument(call, 1)
    shape = call.args[0]
    if not isinstance(shape, ShapeExpr):
        raise refused(call, "takes a shape that is written out")
    if not isinstance(call.args[1], DataTypeImm):
        raise refused(call, "takes an element type")
    return TensorType(shape, _dtype(call, 1))


def _in_storage(call: Call, release: str) -> Type:
    del release
    found = argument(call, 2)
    if not isinstance(found, ShapeType):
        raise refused(call, f"takes a shape, got {found}")
    shape = call.args[2]
    if isinstance(shape, ShapeExpr | Var):
        return TensorType(shape, _dtype(call, 3))
    return TensorType(found.values, _dtype(call, 3), ndim=found.ndim)


def _in_machine(call: Call, release: str) -> Type:
    del release
    found = argument(call, 2)
    if isinstance(found, ShapeType):
        return TensorType(found.values, _dtype(call, 3), ndim=found.ndim)
    return TensorType(None, _dtype(call, 3))


def _alloc_tensor(call: Call, args: Sequence[Any]) -> Any:
    del call
    return np.empty(args[0], dtypes.to_numpy(args[1]))


def _alloc_storage(call: Call, args: Sequence[Any]) -> Any:
    del call
    return np.empty(prod(args[0]), np.uint8)


def _tensor_in_storage(call: Call, args: Sequence[Any]) -> Any:
    storage, offset, shape, name = args[:4]
    dtype = dtypes.to_numpy(name)
    size = prod(shape) * dtype.itemsize
    if offset + size > storage.size:
        message = f"a tensor of {size} bytes at {offset} does not fit into storage of {storage.size} bytes"
        raise fail(codes.EXECUTION_FAILED, message, call.span)
    return storage[offset : offset + size].view(dtype).reshape(shape)


def _nothing(call: Call, args: Sequence[Any]) -> Any:
    del call, args
    return ()


def _null(call: Call, args: Sequence[Any]) -> Any:
    del call, args


_DEVICE = Argument("runtime_device_index", Kind.SCALAR, default=0)
_SCOPE = Argument("storage_scope", Kind.TEXT, default="global")
_TENSOR = (
    Argument("storage"),
    Argument("offset", Kind.SCALAR),
    Argument("shape", Kind.SHAPE),
    Argument("dtype", Kind.DTYPE),
    Argument("runtime_device_index", Kind.SCALAR, default=0, since="0.22"),
)

MEMORY = (
    Builtin(
        name="relax.builtin.alloc_tensor",
        note="a new tensor, its elements not set",
        arguments=(Argument("shape", Kind.SHAPE), Argument("dtype", Kind.DTYPE), _DEVICE, _SCOPE),
        infer=_new_tensor,
        run=_alloc_tensor,
    ),
    Builtin(
        name="relax.memory.alloc_storage",
        note="new memory of a size in bytes",
        arguments=(
            Argument("total_space", Kind.SHAPE),
            Argument("virtual_device_index", Kind.SCALAR),
            Argument("storage_scope", Kind.TEXT),
            Argument("dtype", Kind.DTYPE),
        ),
        infer=anything,
        run=_alloc_storage,
    ),
    Builtin(
        name="relax.memory.alloc_tensor",
        note="a tensor at a place in storage",
        arguments=_TENSOR,
        infer=_in_storage,
        run=_tensor_in_storage,
    ),
    Builtin(
        name="relax.memory.kill_storage",
        note="ends the life of storage",
        arguments=(Argument("storage"),),
        infer=nothing,
        pure=False,
        run=_nothing,
    ),
    Builtin(
        name="relax.memory.kill_tensor",
        note="ends the life of a tensor",
        arguments=(Argument("tensor"),),
        infer=nothing,
        pure=False,
        run=_nothing,
    ),
    Builtin(
        name="relax.vm.alloc_storage",
        note="new memory of a size in bytes, as the machine has it",
        arguments=(Argument("size", Kind.SHAPE), _DEVICE, Argument("dtype", Kind.DTYPE), _SCOPE),
        infer=anything,
        run=_alloc_storage,
    ),
    Builtin(
        name="relax.vm.alloc_tensor",
        note="a tensor at a place in storage, as the machine has it",
        arguments=_TENSOR,
        infer=_in_machine,
        run=_tensor_in_storage,
    ),
    Builtin(
        name="relax.vm.kill_object",
        note="ends the life of anything",
        arguments=(Argument("obj"),),
        infer=nothing,
        pure=False,
        run=_nothing,
    ),
    Builtin(name="relax.null_value", note="no value", infer=null, run=_null),
    *VIEWS,
)
