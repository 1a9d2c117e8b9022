"""nn.fast_softmax: nn.softmax where TVM takes exp from a polynomial, right to about six digits."""

from __future__ import annotations

from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, RelaySpelling, Rounding
from tensor_core.ops.norm.softmax import CARDS as SOFTMAX
from tensor_core.ops.norm.softmax import Softmax

_PLAIN = SOFTMAX[0]
assert isinstance(_PLAIN.error, Rounding)


def _expand(params: Softmax, f: Fragment[Any], data: Any) -> Any:
    return f.call("nn.softmax", data, axis=params.axis)


CARD = OpCard(
    name="nn.fast_softmax",
    inputs=(Input("data"),),
    params=Softmax,
    infer=_PLAIN.infer,
    expand=_expand,
    relay=RelaySpelling(
        name="nn.fast_softmax", attrs_type="relay.attrs.SoftmaxAttrs", fields=(Field("axis", Kind.INT, -1),)
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=Rounding(ulps=64, factor=_PLAIN.error.factor, magnitude=_PLAIN.error.magnitude),
    draw=_PLAIN.draw,
)
