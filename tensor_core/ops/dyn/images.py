"""dyn.image.resize2d: an image resized to a size and from a region given by operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops import rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, RelaySpelling, Value
from tensor_core.ops.dynamic import by_value, known, numbers, opened, rounded, static_call
from tensor_core.types import Type


@dataclass(frozen=True, slots=True)
class Resize:
    """As image.resize2d, without size and region."""

    layout: str
    method: str
    coordinate_transformation_mode: str
    rounding_method: str
    cubic_alpha: float
    cubic_exclude: int
    extrapolation_value: float
    out_dtype: str


def _infer_resize(params: Resize, data: Type, size: Type, roi: Type) -> Type:
    rules.tensor(size, 1)
    rules.tensor(roi, 2)
    return opened(params.layout, "NCHW", data, params.out_dtype)


def _resize(params: Resize, f: Fragment[Any], data: Any, size: Any, roi: Any) -> Any:
    # Only one coordinate mode looks at the region; the other programs leave it empty.
    region = tuple(float(item) for item in known(f, roi).reshape(-1)) or (0.0,) * 4
    attrs = {name: getattr(params, name) for name in params.__dataclass_fields__}
    return static_call(f, "image.resize2d", {"size": numbers(f, size), "roi": region, **attrs}, data)


def _write_resize(params: Resize, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {name: getattr(params, name) for name in params.__dataclass_fields__}


CARD = OpCard(
    name="dyn.image.resize2d",
    inputs=(Input("data"), Input("size", Domain(1.0, 8.0)), Input("roi", Domain(0.0, 1.0))),
    params=Resize,
    infer=_infer_resize,
    reference=by_value(_resize),
    expand=_resize,
    relay=RelaySpelling(
        name="dyn.image.resize2d",
        attrs_type="relay.attrs.Resize2DAttrs",
        fields=(
            Field("size", Kind.INTS, None, optional=True, param=None),
            Field("roi", Kind.FLOATS, None, optional=True, param=None),
            Field("layout", Kind.STR, "NCHW"),
            Field("method", Kind.STR, "linear"),
            Field("coordinate_transformation_mode", Kind.STR, "half_pixel"),
            Field("rounding_method", Kind.STR, "round"),
            Field("cubic_alpha", Kind.FLOAT, -0.5),
            Field("cubic_exclude", Kind.INT, 0),
            Field("extrapolation_value", Kind.FLOAT, 0.0),
            Field("out_dtype", Kind.DTYPE, ""),
        ),
        write=_write_resize,
    ),
    pattern=Pattern.INJECTIVE,
    error=rounded(_resize),
)
