"""Operators that undo each other, or do nothing, put behind calls of a program. None of them moves a bit."""

from __future__ import annotations

from migrate.verify.properties.relations.rewrites import at_tensors
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Expr
from tensor_core import dtypes, shapes
from tensor_core.module import IRModule
from tensor_core.shapes import static

_WIDER = {"float32": "float64", "int32": "int64", "int8": "int32", "uint8": "int32", "float16": "float32"}


def zero_subtracted(module: IRModule) -> IRModule:
    """``x - 0``; an added 0 would make 0 of -0."""
    return at_tensors(module, lambda value: _with_number(value, "subtract", 0))


def multiplied_by_one(module: IRModule) -> IRModule:
    """``x * 1``."""
    return at_tensors(module, lambda value: _with_number(value, "multiply", 1))


def _with_number(value: Expr, card: str, number: int) -> Expr:
    build = RelayFragment()
    dtype = build.tensor_type(value).dtype
    if not (dtypes.is_float(dtype) or dtypes.is_int(dtype)):
        return value
    return build.call(card, value, build.constant(number, dtype))


def cast_and_back(module: IRModule) -> IRModule:
    """To the next wider element type and back."""

    def change(value: Expr) -> Expr:
        build = RelayFragment()
        dtype = build.tensor_type(value).dtype
        if dtype not in _WIDER:
            return value
        return build.call("cast", build.call("cast", value, dtype=_WIDER[dtype]), dtype=dtype)

    return at_tensors(module, change)


def transposed_and_back(module: IRModule) -> IRModule:
    """Axes turned by one place, and back."""

    def change(value: Expr) -> Expr:
        build = RelayFragment()
        rank = build.tensor_type(value).rank
        if rank < 2:
            return value
        there, back = (*range(1, rank), 0), (rank - 1, *range(rank - 1))
        return build.call("transpose", build.call("transpose", value, axes=there), axes=back)

    return at_tensors(module, change)


def flattened_and_back(module: IRModule) -> IRModule:
    """In one dimension, and back into shape."""

    def change(value: Expr) -> Expr:
        build = RelayFragment()
        type_ = build.tensor_type(value)
        if not shapes.is_static(type_.shape):
            return value
        shape = static(type_.shape)
        size = 1
        for dim in shape:
            size *= dim
        return build.call("reshape", build.call("reshape", value, shape=(size,)), shape=shape)

    return at_tensors(module, change)


def split_and_joined(module: IRModule) -> IRModule:
    """Cut into single places along an axis, and joined again."""

    def change(value: Expr) -> Expr:
        build = RelayFragment()
        type_ = build.tensor_type(value)
        axis = next((n for n, dim in enumerate(type_.shape) if isinstance(dim, int) and 1 < dim < 5), None)
        if axis is None:
            return value
        pieces = int(static(type_.shape[axis : axis + 1])[0])
        parts = build.call("split", value, sections=pieces, axis=axis)
        return build.call("concatenate", tuple(build.item(parts, n) for n in range(pieces)), axis=axis)

    return at_tensors(module, change)
