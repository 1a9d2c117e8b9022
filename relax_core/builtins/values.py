"""Shapes as values, effects, and what describes a tensor (op.cc and tensor/inspect.cc in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from relax_core.builtins.builtin import Argument, Builtin, Form, Kind, argument, count, nothing, refused, tensor
from relax_core.builtins.inspect import INSPECT
from relax_core.builtins.messages import run_assertion, run_print
from relax_core.ir.expr import Call
from relax_core.ir.types import PrimType, ShapeType, TensorType, Type


def _shape_of(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    source = tensor(call)
    return ShapeType(source.dims, source.ndim)


def _shape_to_tensor(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    source = argument(call, 0)
    if not isinstance(source, ShapeType):
        raise refused(call, f"takes a shape, got {source}")
    # TVM says (-1,) for a shape of unknown rank, which is the shape of no tensor.
    return TensorType(None if source.ndim < 0 else (source.ndim,), "int64", ndim=1)


def _tensor_to_shape(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    source = tensor(call)
    if source.ndim != 1:
        raise refused(call, f"takes a tensor of one dimension, got {source}", "use match_cast")
    length = source.dims[0] if source.dims is not None else -1
    return ShapeType(None, length if isinstance(length, int) else -1)


def _assertion(call: Call, release: str) -> Type:
    condition = argument(call, 0)
    if isinstance(condition, TensorType):
        accepted = condition.dtype in ("", "bool") and condition.ndim in (-1, 0)
    else:
        accepted = isinstance(condition, PrimType) and condition.dtype == "bool"
    if not accepted:
        raise refused(call, f"takes a bool as its condition, got {condition}")
    return nothing(call, release)


def _size(call: Call, release: str) -> Type:
    del release
    tensor(call)
    return TensorType((), "int64")


def _run_shape_of(call: Call, args: Sequence[Any]) -> Any:
    del call
    return tuple(int(dim) for dim in args[0].shape)


def _run_shape_to_tensor(call: Call, args: Sequence[Any]) -> Any:
    del call
    return np.asarray(args[0], np.int64)


def _run_tensor_to_shape(call: Call, args: Sequence[Any]) -> Any:
    del call
    return tuple(int(dim) for dim in args[0])


def _run_size(call: Call, args: Sequence[Any]) -> Any:
    del call
    return np.asarray(args[0].size, np.int64)


VALUES = (
    Builtin(
        name="relax.shape_of",
        note="the shape of a tensor",
        arguments=(Argument("input", Kind.TENSOR),),
        infer=_shape_of,
        run=_run_shape_of,
    ),
    Builtin(
        name="relax.shape_to_tensor",
        note="a shape as a vector of int64",
        arguments=(Argument("input", Kind.SHAPE),),
        infer=_shape_to_tensor,
        run=_run_shape_to_tensor,
    ),
    Builtin(
        name="relax.tensor_to_shape",
        note="a vector as a shape",
        arguments=(Argument("input", Kind.TENSOR),),
        infer=_tensor_to_shape,
        run=_run_tensor_to_shape,
    ),
    Builtin(
        name="relax.size",
        note="the number of elements of a tensor",
        arguments=(Argument("input", Kind.TENSOR),),
        infer=_size,
        since="0.22",
        run=_run_size,
    ),
    Builtin(
        name="relax.print",
        note="prints values by a format",
        arguments=(Argument("format", Kind.TEXT, default=""),),
        variadic=True,
        infer=nothing,
        pure=False,
        form=Form.FORMATTED,
        run=run_print,
    ),
    Builtin(
        name="relax.assert_op",
        note="stops with a message unless a condition holds",
        arguments=(Argument("condition"), Argument("format", Kind.TEXT, default="")),
        variadic=True,
        infer=_assertion,
        pure=False,
        form=Form.FORMATTED,
        run=run_assertion,
    ),
    *INSPECT,
)
