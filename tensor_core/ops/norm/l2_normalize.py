"""l2_normalize: divide by the Euclidean norm over the given axes, x / sqrt(max(sum(x * x), eps)). Relay only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import moments, rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Pattern, RelaySpelling, Rounding, Value
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class L2Normalize:
    """``eps`` bounds the sum of squares from below; ``axis`` are the axes summed over."""

    eps: float
    axis: tuple[int, ...]


def _infer(params: L2Normalize, data: Type) -> Type:
    source = rules.tensor(data, 0)
    _axes(params, source.rank)
    return source


def _axes(params: L2Normalize, rank: int) -> tuple[int, ...]:
    return tuple(sorted(rules.axis(axis, rank) for axis in params.axis)) or tuple(range(rank))


def _reference(params: L2Normalize, x: Array) -> Array:
    total = np.asarray((x * x).sum(axis=_axes(params, x.ndim), keepdims=True, dtype=x.dtype))
    return x / np.sqrt(np.maximum(total, np.asarray(params.eps, x.dtype)))


def _expand(params: L2Normalize, f: Fragment[Any], data: Any) -> Any:
    source = f.tensor_type(data)
    square = f.call("multiply", data, data)
    total = f.call("sum", square, axis=_axes(params, source.rank), keepdims=True)
    return f.call("divide", data, f.call("sqrt", f.call("maximum", total, f.constant(params.eps, source.dtype))))


def _read(attrs: Mapping[str, Value], _types: Sequence[Type]) -> Mapping[str, Value]:
    return {"eps": attrs["eps"], "axis": tuple(attrs["axis"] or ())}


def _factor(params: L2Normalize, data: TensorType) -> float:
    return moments.count(data, _axes(params, data.rank))


def _draw(d: Draw) -> Drawn:
    shape = d.shape(1)
    axes = moments.drawn_axes(d, range(len(shape)), len(shape), least=0)
    return Drawn(L2Normalize(d.one_of(1e-3, 0.5, 8.0), axes), (TensorType(shape, d.one_of(*FLOATS)),))


CARD = OpCard(
    name="nn.l2_normalize",
    inputs=(Input("data"),),
    params=L2Normalize,
    infer=_infer,
    reference=_reference,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.l2_normalize",
        attrs_type="relay.attrs.L2NormalizeAttrs",
        fields=(Field("eps", Kind.FLOAT), Field("axis", Kind.INTS, optional=True)),
        read=_read,
    ),
    pattern=Pattern.OPAQUE,
    error=Rounding(ulps=6, factor=_factor),
    laws=frozenset((Law.ODD,)),
    draw=_draw,
)
