"""Views: the bytes of a tensor under another shape, element type or offset (memory/view.cc in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, cast

import numpy as np

from relax_core.builtins.builtin import (
    Argument,
    Builtin,
    Kind,
    argument,
    count,
    dims_of,
    refused,
    tensor,
    version,
)
from relax_core.builtins.marks import first
from relax_core.ir.expr import Call, DataflowVar, PrimValue
from relax_core.ir.types import ObjectType, PrimType, ShapeType, TensorType, Type
from relax_core.types.leaves import VOID
from tensor_core import codes, dtypes, prim, shapes
from tensor_core.arith import Analyzer
from tensor_core.diagnostics import fail
from tensor_core.shapes import Dim
from tensor_core.spans import Span


def infer_view(call: Call, release: str) -> Type:
    """The type of a view: of four arguments, the tensor, a shape, an element type, an offset in bytes."""
    count(call, 4)
    source = tensor(call)
    shape, dtype, offset = _shape(call), _dtype(call, release), _offset(call)
    if shape is None:
        dims, ndim = dims_of(source), source.ndim
    else:
        dims, ndim = shape.values, shape.ndim
    result = TensorType(dims, source.dtype if dtype is None else dtype, source.vdevice, ndim)
    _check(call, source, result, offset, shape is None, dtype)
    return result


def _shape(call: Call) -> ShapeType | None:
    """The shape asked for; None to keep the tensor's own."""
    found = argument(call, 1)
    if found == VOID:
        return None
    if not isinstance(found, ShapeType):
        raise refused(call, f"takes a shape, or the empty tuple, got {found}")
    return found


def _dtype(call: Call, release: str) -> str | None:
    """The element type asked for, "" when only run time knows it; None to keep the tensor's own."""
    found = argument(call, 2)
    if found == VOID:
        return None
    if not isinstance(found, ObjectType):
        raise refused(call, f"takes an element type, or the empty tuple, got {found}")
    newer = version(release) >= (0, 26)
    if newer and found.value == "null":
        return None
    if newer and found.value in ("", "void"):
        raise refused(call, "takes an element type, got void", "use relax.null_value() to keep it")
    return "" if found.value in (None, "void", "null") else found.value


def _offset(call: Call) -> Dim | None:
    """The offset in bytes; None when only run time knows it."""
    found = argument(call, 3)
    if found == VOID:
        return 0
    if not isinstance(found, PrimType):
        raise refused(call, f"takes an offset, or the empty tuple, got {found}")
    if found.dtype != "int64":
        raise refused(call, f"takes an offset of int64, got {found.dtype}")
    if isinstance(call.args[3], DataflowVar):
        return None
    written = call.args[3]
    return shapes.as_dim(written.value) if isinstance(written, PrimValue) else found.value


def _bytes(dtype: str) -> int:
    return (dtypes.bits(dtype) + 7) // 8


def _check(
    call: Call, source: TensorType, result: TensorType, offset: Dim | None, same_shape: bool, dtype: str | None
) -> None:
    """Refuse a view that ends behind the tensor whatever the symbolic dimensions are, as far as TVM sees it."""
    own = dims_of(source)
    sizes = (own, result.dims) if own is not None and result.dims is not None else None
    if sizes is not None and source.dtype and result.dtype:
        have, want = map(shapes.multiply, map(shapes.product, sizes), map(_bytes, (source.dtype, result.dtype)))
        _check_fits(call, have, want if offset is None else shapes.add(want, offset))
    elif source.dtype and result.dtype and same_shape:
        _check_fits(call, _bytes(source.dtype), _bytes(result.dtype))
    elif sizes is not None and dtype is None:
        _check_fits(call, *map(shapes.product, sizes))
    elif offset is not None and same_shape and not dtype:
        _check_fits(call, 0, offset)


def _check_fits(call: Call, have: Dim, want: Dim) -> None:
    if isinstance(have, int) and isinstance(want, int):
        longer = want > have
    else:
        longer = Analyzer().can_prove(prim.LT(shapes.as_expr(have), shapes.as_expr(want)))
    if longer:
        raise refused(call, f"ends at {shapes.to_text(want)} of {shapes.to_text(have)}", "", _BAD)


_BAD = codes.BAD_PARAMETER


def _run_view(call: Call, args: Sequence[Any]) -> Any:
    data, shape, dtype, offset = args
    source = cast("np.ndarray[Any, Any]", data)
    # The empty tuple is both an absent shape and the shape of a scalar; the call says which.
    dims = source.shape if argument(call, 1) == VOID else shape
    stated, found = tensor(call).dtype, dtypes.from_numpy(source.dtype)
    name = dtype if isinstance(dtype, str) else stated or found
    start = offset if isinstance(offset, int) else 0
    if stated in ("", found):
        return view_of(source, dims, name, start, call.span)
    # The floats are computed as another type: where they stay floats of one type, so does that.
    if name == stated:
        return view_of(source, dims, found, start // _bytes(stated) * source.itemsize, call.span)
    view = view_of(source.astype(dtypes.to_numpy(stated)), dims, name, start, call.span)
    return view.astype(source.dtype) if dtypes.is_float(name) else view


def view_of(
    source: np.ndarray[Any, Any], shape: Sequence[int], dtype: str, offset: int, span: Span | None = None
) -> np.ndarray[Any, Any]:
    """The bytes of an array from an offset on, as another one; R2R0602 when it ends behind the array."""
    target = dtypes.to_numpy(dtype)
    size = prod(shape) * target.itemsize
    if offset + size > source.nbytes:
        message = f"a view of {size} bytes at {offset} does not fit into a tensor of {source.nbytes} bytes"
        raise fail(codes.EXECUTION_FAILED, message, span)
    flat = np.ascontiguousarray(source).reshape(-1).view(np.uint8)
    return flat[offset : offset + size].view(target).reshape(tuple(shape))


def _zero_offset(call: Call, release: str) -> Type:
    del release
    count(call, 1)
    return argument(call, 0)


VIEWS = (
    Builtin(
        name="relax.memory.view",
        note="the bytes of a tensor under another shape, element type or offset",
        arguments=(
            Argument("x", Kind.TENSOR),
            Argument("shape", Kind.SHAPE, default=VOID),
            Argument("dtype", Kind.DTYPE, default=VOID),
            Argument("relative_byte_offset", Kind.SCALAR, default=VOID),
        ),
        infer=infer_view,
        run=_run_view,
    ),
    Builtin(
        name="relax.memory.ensure_zero_offset",
        note="a tensor that begins at the start of its storage",
        arguments=(Argument("x", Kind.TENSOR),),
        infer=_zero_offset,
        run=first,
    ),
)
