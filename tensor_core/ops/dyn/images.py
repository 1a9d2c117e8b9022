"""dyn.image.resize2d: an image resized to a size and from a region given by operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import draw, rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.dynamic import by_value, known, numbers, opened, rounded
from tensor_core.ops.registry import registry
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


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
    # topi asks only of sizes that are constants whether it may divide coordinates as integers.
    said = {"size": numbers(f, size), "roi": region, "integer_division": False, **attrs}
    return f.call("image.resize2d", data, **said)


def _write_resize(params: Resize, _types: Sequence[Type]) -> Mapping[str, Value]:
    return {name: getattr(params, name) for name in params.__dataclass_fields__}


def _draw(d: Draw) -> Drawn:
    """As image.resize2d, whose size and region are operands here."""
    fixed = registry().by_name["image.resize2d"]
    assert fixed.draw is not None
    drawn = fixed.draw(d)
    params = Resize(**{name: getattr(drawn.params, name) for name in Resize.__dataclass_fields__})
    if (params.method, params.coordinate_transformation_mode) == ("nearest_neighbor", "asymmetric"):
        # Rounded otherwise, the call means another thing once its size is a constant.
        params = replace(params, rounding_method="floor")
    type_, size = draw.known(d, drawn.params.size)
    region = np.asarray(drawn.params.roi, np.float32)
    types = (*drawn.types, type_, TensorType(region.shape, "float32"))
    return Drawn(params, types, drawn.domains, {1: size, 2: region})


def _undefined(params: Resize, x: Array, size: Array, roi: Array) -> Array:
    """As of image.resize2d with this size."""
    fixed = registry().by_name["image.resize2d"]
    assert fixed.undefined is not None
    attrs = {name: getattr(params, name) for name in params.__dataclass_fields__}
    region = tuple(map(float, roi.reshape(-1))) or (0.0,) * 4
    return fixed.undefined(fixed.params(size=tuple(map(int, size)), roi=region, **attrs), x)


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
    draw=_draw,
    undefined=_undefined,
)
