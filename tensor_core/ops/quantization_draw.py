"""Drawing scales and zero points, and calls of quantized operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of

WIDE = Domain(-300.0, 300.0)
"""Integers that fill the range of eight bits and more."""


def scale(d: Draw, extent: int | None = None) -> Array:
    """A scale, or so many of them."""
    return _drawn(d, (0.5, 0.25, 1.0, 0.1, 0.037, 0.75), extent, "float32")


def zero_point(d: Draw, extent: int | None = None) -> Array:
    """A zero point, or so many of them."""
    return _drawn(d, (0, 3, -5, 100), extent, "int32")


def _drawn(d: Draw, among: Sequence[float], extent: int | None, dtype: str) -> Array:
    kind: Any = dtypes.to_numpy(dtype)
    if extent is None:
        return np.asarray(d.one_of(*among), kind)
    return np.asarray([d.one_of(*among) for _ in range(extent)], kind)


def pair(d: Draw, extent: int | None = None) -> tuple[Array, Array]:
    """A scale and a zero point; with ``extent`` each of them perhaps a vector."""
    first, second = (extent if extent is not None and d.flag() else None for _ in range(2))
    return scale(d, first), zero_point(d, second)


def call(params: Any, operands: Sequence[Type], known: Sequence[Array | tuple[Array, ...]]) -> Drawn:
    """The call of quantized ``operands`` with known scales and zero points behind them."""
    given = dict(enumerate(known, len(operands)))
    types = (*operands, *map(_type, known))
    return Drawn(params, types, dict.fromkeys(range(len(operands)), WIDE), given)


def _type(value: Array | tuple[Array, ...]) -> Type:
    return TupleType(tuple(map(_type, value))) if isinstance(value, tuple) else tensor_type_of(value)


def unary(params: Any, d: Draw) -> Drawn:
    """A call of one operand of eight bits, from one scale to another."""
    operand = TensorType(d.any_shape(), d.one_of("int8", "uint8"))
    return call(params, (operand,), (*pair(d), *pair(d)))
