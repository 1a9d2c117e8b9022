"""contrib_reverse_reshape: reshape whose codes are read from the last dimension to the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import rules
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.formula import reshaped
from tensor_core.ops.shape_moves import reshape
from tensor_core.ops.shape_moves.reshape import Reshape
from tensor_core.types import Type


def _infer(params: Reshape, data: Type) -> Type:
    return reshape.CARD.infer(params, data)


def _reference(params: Reshape, x: np.ndarray) -> np.ndarray:
    return x.reshape(shapes.static(params.shape))


def _expand(params: Reshape, f: Fragment[Any], data: Any) -> Any:
    return f.call("reshape", data, shape=rules.closed(params.shape))


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    source = rules.tensor(types[0], 0).shape
    resolved = reshape.resolve(attrs["newshape"][::-1], source[::-1], attrs["allowzero"])
    return {"shape": resolved[::-1]}


def _write(params: Reshape, _types: Sequence[Type]) -> Mapping[str, Value]:
    if not shapes.is_static(params.shape):
        raise Reject(f"shape {rules.show(params.shape)} cannot be written as an attribute")
    return {"newshape": params.shape, "allowzero": 0 in params.shape}


CARD = OpCard(
    name="contrib_reverse_reshape",
    inputs=(Input("data"),),
    params=Reshape,
    infer=_infer,
    reference=_reference,
    expand=_expand,
    gradient=reshaped(),
    relay=RelaySpelling(
        name="contrib_reverse_reshape",
        attrs_type="relay.attrs.ReshapeAttrs",
        fields=(Field("newshape", Kind.INTS), Field("allowzero", Kind.BOOL, False)),
        read=_read,
        write=_write,
        python="reverse_reshape",
    ),
    pattern=Pattern.INJECTIVE,
    laws=frozenset({Law.MOVES}),
    draw=reshape.draw_reshape,
)
