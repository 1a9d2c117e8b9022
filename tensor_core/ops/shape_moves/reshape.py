"""reshape: the same elements in row-major order under another shape.

Relay's attribute holds codes (Reshape in TVM 0.19): 0 copies the input dimension at this place, -1 is inferred, -2 copies
all remaining dimensions, -3 merges two, -4 splits one by the next two entries; with ``allowzero`` 0 is a size. The card's
parameter is the resolved shape, which is what Relax carries as an operand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Carrier, Exact, Field, Input, Kind, Operand, OpCard, Pattern, Reject, RelaxSpelling, RelaySpelling, Value,
)  # fmt: skip
from tensor_core.ops.indexing import flat_index, unflatten
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
    place = 0
    position = 0
    while position < len(codes):
        code = codes[position]
        position += 1
        if not isinstance(code, int) or code > 0 or (code == 0 and allow_zero):
            result.append(code)
            place += 1
        elif code == 0:
            result.append(_source_dim(source, place))
            place += 1
        elif code == -1:
            if inferred is not None:
                raise Reject("at most one dimension can be inferred (-1)")
            inferred = len(result)
            result.append(1)
            place += 1
        elif code == -2:
            result.extend(source[place:])
            place = len(source)
        elif code == -3:
            result.append(shapes.multiply(_source_dim(source, place), _source_dim(source, place + 1)))
            place += 2
        elif code == -4:
            if position + 2 > len(codes):
                raise Reject("-4 must be followed by two sizes")
            whole, (left, right) = _source_dim(source, place), codes[position : position + 2]
            if left == -1 and right == -1:
                raise Reject("only one of the two sizes after -4 can be inferred")
            result += [shapes.floor_divide(whole, right) if left == -1 else left, shapes.floor_divide(whole, left) if right == -1 else right]
            place += 1
            position += 2
        else:
            raise Reject(f"unknown shape code {code}")
    total = shapes.product(source)
    if inferred is not None:
        known = shapes.product(result)
        if isinstance(total, int) and isinstance(known, int) and (known == 0 or total % known):
            raise Reject(f"{total} elements of shape {rules.show(source)} cannot be divided into {rules.show(tuple(codes))}")
        result[inferred] = shapes.floor_divide(total, known)
    return tuple(result)


def _source_dim(source: Shape, place: int) -> Dim:
    if place >= len(source):
        raise Reject(f"shape code refers to input dimension {place}, but the input has {len(source)}")
    return source[place]


def _infer(params: Reshape, data: Type) -> Type:
    source = rules.tensor(data, 0)
    if shapes.prove_different(shapes.product(source.shape), shapes.product(params.shape)):
        raise Reject(f"cannot reshape {rules.show(source.shape)} to {rules.show(params.shape)}: the numbers of elements differ", 0)
    return TensorType(params.shape, source.dtype)


def _reference(params: Reshape, x: np.ndarray) -> np.ndarray:
    return x.reshape(shapes.static(params.shape))


def _lower(params: Reshape, b: LoopBuilder, x: Tensor) -> Tensor:
    return b.compute(params.shape, lambda *i: x[unflatten(flat_index(i, params.shape), x.shape)], name="reshape")


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"shape": resolve(attrs["newshape"], rules.tensor(types[0], 0).shape, attrs["allowzero"])}


def _write_relay(params: Reshape, types: Sequence[Type]) -> Mapping[str, Value]:
    return {"newshape": params.shape, "allowzero": 0 in params.shape}


def _read_relax(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {"shape": resolve(attrs["shape"], rules.tensor(types[0], 0).shape)}


CARD = OpCard(
    name="reshape",
    inputs=(Input("data"),),
    params=Reshape,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="reshape",
        attrs_type="relay.attrs.ReshapeAttrs",
        fields=(Field("newshape", Kind.INTS), Field("allowzero", Kind.BOOL, False)),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(name="relax.reshape", operands=(Operand("data"), Operand("shape", Carrier.SHAPE)), read=_read_relax),
    ),
    pattern=Pattern.INJECTIVE,
    error=Exact(),
)
