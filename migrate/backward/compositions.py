"""Operators that only Relax has, written in those of Relay where the card's own expansion does not lead there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import relay_compat.ir.expr as relay
from relay_compat.fragment import RelayFragment
from tensor_core import dtypes, shapes
from tensor_core.module import Expr
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import registry
from tensor_core.types import TensorType

Composition = Callable[..., Expr]


def _matmul(params: Any, f: RelayFragment, a: Expr, b: Expr) -> Expr:
    """One of Relay's three products: ``nn.dense`` of a turned matrix, ``nn.matmul`` of another, ``nn.batch_matmul`` of
    batches. Batches of several dimensions are one for as long as the product takes.
    """
    out, ranks = {"out_dtype": params.out_dtype}, (f.tensor_type(a).rank, f.tensor_type(b).rank)
    plain = {"transpose_a": False, "transpose_b": False, "units": None}
    match ranks:
        case _, 1:
            column = _matmul(params, f, a, f.call("expand_dims", b, axis=(1,)))
            return f.call("squeeze", column, axis=(max(ranks[0] - 1, 0),))
        case _, 2:
            weight = turned(b, (1, 0))
            if weight is not None:
                return f.call("nn.dense", a, weight, **{**plain, **out, "transpose_b": True})
            return f.call("nn.matmul", a, b, **plain, **out)
        case 3, 3:
            left, right = turned(a, (0, 2, 1)), turned(b, (0, 2, 1))
            flags = {"transpose_a": left is not None, "transpose_b": right is not None, "units": None}
            return f.call("nn.batch_matmul", left or a, right or b, **flags, **out)
        case 1, _:
            row = _matmul(params, f, f.call("expand_dims", a, axis=(0,)), b)
            return f.call("squeeze", row, axis=(ranks[1] - 2,))
        case _:
            return _in_batches(params, f, a, b)


def _in_batches(params: Any, f: RelayFragment, a: Expr, b: Expr) -> Expr:
    one, two = f.tensor_type(a).shape, f.tensor_type(b).shape
    if not shapes.is_static(one) or not shapes.is_static(two):
        raise Reject("Relay multiplies batches of one dimension, and the sizes of these are not known")
    batch = rules.broadcast_shape(one[:-2], two[:-2])
    size = math.prod(map(int, shapes.static(batch)))

    def flat(value: Expr, shape: Sequence[Any]) -> Expr:
        whole = (*batch, *shape[-2:])
        value = value if tuple(shape) == whole else f.call("broadcast_to", value, shape=whole)
        return f.call("reshape", value, shape=(size, *shape[-2:]))

    product = _matmul(params, f, flat(a, one), flat(b, two))
    return f.call("reshape", product, shape=(*batch, one[-2], two[-1]))


def turned(value: Expr, axes: tuple[int, ...]) -> Expr | None:
    """What a transposition by these axes turned; None for anything else, and for other axes."""
    if not isinstance(value, relay.Call) or not isinstance(value.op, relay.Op) or value.op.name != "transpose":
        return None
    attrs: Mapping[str, Any] = value.attrs or {}
    found = tuple(int(axis) % len(axes) for axis in attrs["axes"] or tuple(reversed(range(len(axes)))))
    return value.args[0] if found == axes else None


def _position(card: str) -> Composition:
    """Relay gives positions as int32, or as int64 where a size is open; Relax as int64."""

    def said(params: Any, f: RelayFragment, data: Expr) -> Expr:
        given = {name: getattr(params, name) for name in params.__dataclass_fields__}
        other = "int64" if params.dtype == "int32" else "int32"
        return f.call("cast", f.call(card, data, **{**given, "dtype": other}), dtype=params.dtype)

    return said


def _limits(dtype: str) -> tuple[float, float]:
    kind: Any = dtypes.to_numpy(dtype)
    info: Any = np.iinfo(kind) if dtypes.is_int(dtype) else np.finfo(kind)
    return float(info.min), float(info.max)


def _along(params: Any, f: RelayFragment, value: Expr, data: Expr) -> Expr:
    """Scales or zero points, one for each position along the axis, in a shape that broadcasts to the data's."""
    rank, own = f.tensor_type(data).rank, f.tensor_type(value)
    if own.rank == 0:
        return value
    if not shapes.is_static(own.shape):
        raise Reject("it is not known how many scales and zero points there are")
    axis, count = rules.axis(params.axis, rank) if rank else 0, math.prod(map(int, shapes.static(own.shape)))
    return f.call("reshape", value, shape=tuple(count if n == axis else 1 for n in range(rank)))


def _quantize(params: Any, f: RelayFragment, data: Expr, scale: Expr, zero_point: Expr) -> Expr:
    """As TVM legalises it, in the data's element type."""
    scaled = f.call("divide", data, _along(params, f, scale, data))
    if dtypes.is_int(params.out_dtype):
        scaled = f.call("round", scaled, tie=params.tie)
    moved = f.call("add", scaled, _cast(f, _along(params, f, zero_point, data), f.tensor_type(data).dtype))
    low, high = _limits(params.out_dtype)
    return f.call("cast", f.call("clip", moved, a_min=low, a_max=high), dtype=params.out_dtype)


def _dequantize(params: Any, f: RelayFragment, data: Expr, scale: Expr, zero_point: Expr) -> Expr:
    """As TVM legalises it: the difference in int32, or the floats' type, the product in that of the scale."""
    source = f.tensor_type(data).dtype
    wide = "float64" if f.tensor_type(scale).dtype == "float64" else "float32"
    work = source if source == "float64" else "float32" if dtypes.is_float(source) else "int32"
    moved = f.call("subtract", _cast(f, data, work), _cast(f, _along(params, f, zero_point, data), work))
    result = f.call("multiply", _cast(f, moved, wide), _cast(f, _along(params, f, scale, data), wide))
    if params.out_dtype != "float32":
        low, high = _limits(params.out_dtype)
        result = f.call("clip", result, a_min=low, a_max=high)
    return _cast(f, result, params.out_dtype)


def _cast(f: RelayFragment, value: Expr, dtype: str) -> Expr:
    return value if f.tensor_type(value).dtype == dtype else f.call("cast", value, dtype=dtype)


def _nonzero(_params: Any, f: RelayFragment, data: Expr) -> Expr:
    data = data if f.tensor_type(data).rank else f.call("expand_dims", data, axis=(0,))
    return f.call("cast", f.call("transpose", f.call("argwhere", data), axes=(1, 0)), dtype="int64")


def _arange(params: Any, f: RelayFragment) -> Expr:
    """Relay refuses an empty range."""
    card = registry().by_name["arange"]
    (length,) = getattr(card.infer(params), "shape", (None,))
    assert card.expand is not None
    return f.call("zeros", shape=(0,), dtype=params.dtype) if length == 0 else card.expand(params, f)


def _filled_like(name: str) -> Composition:
    """Relay's operator keeps the element type."""

    def said(params: Any, f: RelayFragment, data: Expr) -> Expr:
        own = f.tensor_type(data)
        if shapes.is_static(own.shape):
            return f.call(name, shape=own.shape, dtype=params.dtype)
        return f.call("cast", f.call(f"{name}_like", data, dtype=own.dtype), dtype=params.dtype)

    return said


def _full_like(params: Any, f: RelayFragment, data: Expr, value: Expr) -> Expr:
    """Relay's operator takes the element type of the data."""
    if f.tensor_type(data).dtype == params.dtype:
        raise Reject(f"Relay has no such operator: {params}")
    return f.call(
        "full_like", f.call("cast", data, dtype=params.dtype), _cast(f, value, params.dtype), dtype=params.dtype
    )


def _expand_dims(params: Any, f: RelayFragment, data: Expr) -> Expr:
    """One dimension after the other, from the first: Relay inserts several in one place only."""
    if len(params.axis) < 2:
        raise Reject(f"Relay inserts no dimensions at {params.axis}")
    rank = f.tensor_type(data).rank + len(params.axis)
    for axis in sorted(axis % rank for axis in params.axis):
        data = f.call("expand_dims", data, axis=(axis,))
    return data


def _strided_slice(params: Any, f: RelayFragment, data: Expr) -> Expr:
    """Relay's operator clamps positions, which changes nothing where all are within bounds."""
    if not params.assume_inbound:
        raise Reject(f"Relay has no such operator: {params}")
    said = {name: getattr(params, name) for name in ("axes", "begin", "end", "strides")}
    return f.call("strided_slice", data, **said, assume_inbound=False)


def _stated(name: str) -> Composition:
    """An operator whose value follows from its parameters and the sizes of its arguments: a constant."""

    def said(params: Any, f: RelayFragment, *args: Expr) -> Expr:
        card = registry().by_name[name]
        assert card.reference is not None
        shape = getattr(card.infer(params, *map(f.type_of, args)), "shape", ())
        if not shapes.is_static(shape):
            raise Reject("its result is a constant only where its sizes are known")
        if math.prod(map(int, shapes.static(shape))) > _LARGEST_STATED:
            raise Reject("its result is too large for a constant")
        zeros = [_zeros(f.tensor_type(arg)) for arg in args]
        array = np.asarray(card.reference(params, *zeros))
        return f.constant(array, dtypes.from_numpy(array.dtype))

    return said


def _zeros(type_: TensorType) -> Any:
    kind: Any = dtypes.to_numpy(type_.dtype)
    return np.zeros(shapes.static(type_.shape), kind)


_LARGEST_STATED = 1 << 20

COMPOSITIONS: Mapping[str, Composition] = {
    "arange": _arange,
    "argmax": _position("argmax"),
    "argmin": _position("argmin"),
    "dequantize": _dequantize,
    "expand_dims": _expand_dims,
    "eye": _stated("eye"),
    "eye_like": _stated("eye_like"),
    "full_like": _full_like,
    "hamming_window": _stated("hamming_window"),
    "matmul": _matmul,
    "nonzero": _nonzero,
    "ones_like": _filled_like("ones"),
    "quantize": _quantize,
    "strided_slice": _strided_slice,
    "zeros_like": _filled_like("zeros"),
}
"""By the name of the card: the Relay expression for its parameters, a fragment and its arguments."""
