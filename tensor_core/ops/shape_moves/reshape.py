"""reshape: the same elements in row-major order under another shape.

Relay's attribute holds codes (ReshapeRel in TVM 0.19): 0 copies the input dimension at this place, -1 is inferred,
-2 copies all remaining dimensions, -3 merges two, -4 splits one by the next two entries; with ``allowzero`` 0 is a
size. The card's parameter is the resolved shape, which is what Relax carries as an operand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
    Exact,
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import reshaped
from tensor_core.ops.indexing import reshaped_index
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Reshape:
    """``shape``: the result's shape, fully resolved."""

    shape: Shape


def resolve(codes: Sequence[Dim], source: Shape, allow_zero: bool = False) -> Shape:
    """Relay's shape codes applied to an input shape; Reject when they do not fit."""
    result: list[Dim] = []
    inferred: int | None = None
    # The inferred size divides what is left: dimensions that a code carried over take no part on either side.
    left_over = [True] * len(source)
    written: list[Dim] = []
    place = position = 0
    entries = iter(codes)
    for code in entries:
        if not isinstance(code, int) or code > 0 or (code == 0 and allow_zero):
            result.append(code)
            written.append(code)
            place += 1
        elif code == -1:
            if inferred is not None:
                raise Reject("at most one dimension can be inferred (-1)")
            inferred = position
            result.append(1)
            place += 1
        elif -4 <= code <= 0:
            count = {0: 1, -2: max(len(source) - place, 0), -3: 2, -4: 1}[code]
            position += 2 if code == -4 else 0
            if count and place + count > len(source):
                raise Reject(
                    f"shape code {code} refers to input dimension {place + count - 1}, but the input has {len(source)}"
                )
            left_over[place : place + count] = [False] * count
            result += _carried_over(code, source[place : place + count], entries)
            place += count
        else:
            raise Reject(f"unknown shape code {code}")
        position += 1
    if inferred is not None:
        # TVM counts in codes, not in dimensions: -1 cannot follow a code that stands for more than one.
        if inferred >= len(result):
            raise Reject("-1 cannot follow -4")
        total = shapes.product([dim for dim, free in zip(source, left_over, strict=True) if free])
        result[inferred] = _quotient(total, shapes.product(written), source, codes)
    return tuple(result)


def _carried_over(code: int, dims: Shape, entries: Iterator[Dim]) -> Sequence[Dim]:
    if code == -3:
        return (shapes.multiply(*dims),)
    if code != -4:
        return dims
    left, right = next(entries, None), next(entries, None)
    if left is None or right is None:
        raise Reject("-4 must be followed by two sizes")
    if left == -1 and right == -1:
        raise Reject("only one of the two sizes after -4 can be inferred")
    (whole,) = dims
    return (
        shapes.floor_divide(whole, right) if left == -1 else left,
        shapes.floor_divide(whole, left) if right == -1 else right,
    )


def _quotient(total: Dim, known: Dim, source: Shape, codes: Sequence[Dim]) -> Dim:
    if isinstance(total, int) and isinstance(known, int) and (known == 0 or total % known):
        raise Reject(f"shape {rules.show(source)} cannot be divided into {rules.show(tuple(codes))}")
    return shapes.floor_divide(total, known)


def _infer(params: Reshape, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if shapes.prove_different(shapes.product(source.shape), shapes.product(params.shape)):
        raise Reject(
            f"cannot reshape {rules.show(source.shape)} to {rules.show(params.shape)}: the numbers of elements differ",
            0,
        )
    return TensorType(params.shape, source.dtype)


def _reference(params: Reshape, x: np.ndarray) -> np.ndarray:
    # One size may be unknown: there is only one that fits.
    return x.reshape([dim if isinstance(dim, int) else -1 for dim in params.shape])


def _lower(params: Reshape, b: LoopBuilder, x: Tensor) -> Tensor:
    return b.compute(params.shape, lambda *i: x[reshaped_index(i, params.shape, x.shape)], name="T_reshape")


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"shape": resolve(attrs["newshape"], rules.tensor(types[0], 0).shape, attrs["allowzero"])}


def _write_relay(params: Reshape, types: Sequence[Type]) -> Mapping[str, Value]:
    if shapes.is_static(params.shape):
        return {"newshape": params.shape, "allowzero": 0 in params.shape}
    # Relay's attribute holds integers only: an unknown size is copied from its place, or inferred.
    source = rules.tensor(types[0], 0).shape
    written: list[Dim] = []
    for place, dim in enumerate(params.shape):
        if isinstance(dim, int):
            written.append(dim)
        elif place < len(source) and (dim is source[place] or shapes.prove_equal(dim, source[place])):
            written.append(0)
        else:
            written.append(-1)
    if written.count(-1) > 1 or 0 in params.shape:
        raise Reject(f"shape {rules.show(params.shape)} cannot be written as a Relay attribute")
    return {"newshape": tuple(written), "allowzero": False}


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"shape": resolve(attrs["shape"], rules.tensor(types[0], 0).shape)}


def _fits_relax(params: Reshape, types: Sequence[Type], release: str) -> str | None:
    del release
    # A literal 0 copies the input's dimension, also inside R.shape (relax.reshape in TVM 0.19 and 0.27).
    source = rules.tensor(types[0], 0).shape
    for place, dim in enumerate(params.shape):
        if dim == 0 and isinstance(dim, int) and (place >= len(source) or source[place] != 0):
            return f"size 0 at dimension {place} would be read as a copy of the input's dimension"
    return None


def _expand(params: Reshape, f: Fragment[Any], data: Any) -> Any:
    if 0 not in params.shape:
        return f.call("reshape", data, shape=params.shape)
    return f.call("zeros", shape=params.shape, dtype=f.tensor_type(data).dtype)


def draw_reshape(d: Draw) -> Drawn:
    """Two shapes of the same elements."""
    factors = d.any_shape()
    return Drawn(Reshape(d.grouped(factors)), (TensorType(d.grouped(factors), d.one_of(*draw.EVERY)),))


CARD = OpCard(
    name="reshape",
    inputs=(Input("data"),),
    params=Reshape,
    infer=_infer,
    gradient=reshaped(),
    reference=_reference,
    lower=_lower,
    expand=_expand,
    relay=RelaySpelling(
        name="reshape",
        attrs_type="relay.attrs.ReshapeAttrs",
        fields=(Field("newshape", Kind.INTS), Field("allowzero", Kind.BOOL, False)),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.reshape",
            operands=(Operand("data"), Operand("shape", Carrier.SHAPE)),
            read=_read_relax,
            fits=_fits_relax,
        ),
    ),
    pattern=Pattern.INJECTIVE,
    error=Exact(),
    laws=frozenset({Law.MOVES}),
    draw=draw_reshape,
)
