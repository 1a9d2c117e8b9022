"""qnn.quantize and qnn.dequantize, where Relax computes the same integers.

Zero points of int32 and computed scalars are taken from TVM 0.25 on (0.21 takes neither), so that older releases get
constants that fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from migrate.adapters.writer import Writer
from relax_core.ir.expr import Expr
from tensor_core.ops.card import Reject
from tensor_core.ops.elementwise.whole import AWAY
from tensor_core.ops.qnn import affine

_OUTPUTS = ("int8", "uint8", "int16", "uint16")


def _quantize(params: Any, f: Writer, data: Expr, scale: Expr, zero_point: Expr) -> Expr:
    if params.out_dtype not in _OUTPUTS:
        raise Reject(f"Relax does not quantize to {params.out_dtype}")
    said = affine.Quantize(params.axis, params.out_dtype, AWAY)
    return _said(f, "quantize", said, data, scale, zero_point, tie=AWAY)


def _dequantize(params: Any, f: Writer, data: Expr, scale: Expr, zero_point: Expr) -> Expr:
    said = affine.Dequantize(params.axis, params.out_dtype)
    return _said(f, "dequantize", said, data, scale, zero_point)


def _said(f: Writer, card: str, params: Any, data: Expr, scale: Expr, zero_point: Expr, **tie: str) -> Expr:
    if not f.tensor_type(data).rank:
        raise Reject("Relax has no axis of a scalar")
    if f.number < (0, 25) and not f.tensor_type(scale).rank and f.known(scale) is None:
        raise Reject(f"Relax {f.target} makes no kernel for a computed scale")
    if not f.says(card, params, data, scale, zero_point):
        raise Reject(f"Relax {f.target} computes {card} otherwise")
    moved = zero_point_for(f, zero_point)
    return f.call(card, data, scale, moved, axis=params.axis, out_dtype=params.out_dtype, **tie)


def zero_point_for(f: Writer, value: Expr) -> Expr:
    """The zero point in an element type that the target takes."""
    if f.number >= (0, 25):
        return value
    known = f.known(value)
    if known is None or not np.array_equal(known, known.astype(np.int8)):
        raise Reject(f"Relax {f.target} takes zero points of int8 only")
    return f.constant(known, "int8")


COMPOSITIONS: Mapping[str, Any] = {"qnn.quantize": _quantize, "qnn.dequantize": _dequantize}
