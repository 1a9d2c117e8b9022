"""nn.upsampling and nn.upsampling3d: images resized by factors; the resulting extents round halves to even.

nn.upsampling places elements asymmetrically unless corners are aligned. Nearest neighbours round down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.ops import layout, resampling, rules, window_draw
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding, Value
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.image.resize import Resize
from tensor_core.ops.image.resize import undefined as resize_undefined
from tensor_core.ops.rules import Array
from tensor_core.reference import NumpyFragment
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type, tensor_type_of

_METHODS = {
    2: {"nearest_neighbor": "nearest_neighbor", "bilinear": "linear", "bicubic": "cubic"},
    3: {"nearest_neighbor": "nearest_neighbor", "trilinear": "linear"},
}


@dataclass(frozen=True, slots=True)
class Upsampling:
    """``scales``: by how much each spatial dimension grows, outermost first."""

    scales: tuple[float, ...]
    layout: str
    method: str
    coordinate_transformation_mode: str

    @property
    def letters(self) -> str:
        """The letters of the plain layout."""
        return "NCDHW" if len(self.scales) == 3 else "NCHW"


def _sizes(params: Upsampling, source: TensorType) -> tuple[tuple[Dim, ...], tuple[Dim, ...]]:
    """Batch and channels, and the resulting spatial extents."""
    dims = layout.merged(source.shape, params.layout, params.letters, 0)
    return dims[:2], tuple(map(_scaled, dims[2:], params.scales))


def _scaled(size: Dim, scale: float) -> Dim:
    # TVM multiplies by the factor in float32.
    factor = float(np.float32(scale))
    if not 0 <= factor < np.inf:
        raise Reject(f"a factor of {scale} is not possible")
    if isinstance(size, int):
        return round(size * factor)
    if factor == int(factor):
        return shapes.multiply(size, int(factor))
    if isinstance(size, shapes.AnyDim):
        return size
    raise Reject(f"a factor of {scale} cannot be applied to an extent that is not known", 0)


def _infer(params: Upsampling, data: Type) -> Type:
    source = rules.tensor(data, 0)
    kept, sizes = _sizes(params, source)
    return TensorType(layout.split((*kept, *sizes), params.layout, params.letters), source.dtype)


def _resize(params: Upsampling, source: TensorType) -> Resize:
    count = len(params.scales)
    if params.method not in _METHODS[count]:
        raise Reject(f"method {params.method!r} is unknown")
    return Resize(
        size=_sizes(params, source)[1],
        roi=(0.0,) * (2 * count),
        layout=params.layout,
        method=_METHODS[count][params.method],
        coordinate_transformation_mode=params.coordinate_transformation_mode,
        rounding_method="",
        cubic_alpha=-0.5,
        cubic_exclude=0,
        extrapolation_value=0.0,
    )


def _expand(params: Upsampling, f: Fragment[Any], data: Any) -> Any:
    said = _resize(params, f.tensor_type(data))
    names = Resize.__dataclass_fields__
    return f.call(f"image.resize{len(params.scales)}d", data, **{name: getattr(said, name) for name in names})


def _magnitude(params: Upsampling, x: Array) -> Array:
    result: Array = _expand(params, NumpyFragment(), x)
    return np.full_like(result, np.abs(x).max(initial=0))


def _read_2d(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    mode = "align_corners" if attrs["align_corners"] else "asymmetric"
    scales = (_factor(attrs["scale_h"]), _factor(attrs["scale_w"]))
    return {**_common(attrs), "scales": scales, "coordinate_transformation_mode": mode}


def _write_2d(params: Upsampling, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    if params.coordinate_transformation_mode not in ("align_corners", "asymmetric"):
        raise Reject(f"nn.upsampling has no coordinates {params.coordinate_transformation_mode}")
    aligned = params.coordinate_transformation_mode == "align_corners"
    return {**dict(zip(("scale_h", "scale_w"), params.scales, strict=True)), **_said(params), "align_corners": aligned}


def _read_3d(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    scales = tuple(_factor(attrs[name]) for name in ("scale_d", "scale_h", "scale_w"))
    mode = attrs["coordinate_transformation_mode"]
    return {**_common(attrs), "scales": scales, "coordinate_transformation_mode": mode}


def _write_3d(params: Upsampling, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    scales = dict(zip(("scale_d", "scale_h", "scale_w"), params.scales, strict=True))
    return {**scales, **_said(params), "coordinate_transformation_mode": params.coordinate_transformation_mode}


def _factor(value: Value) -> float:
    return float(value)


def _common(attrs: Mapping[str, Value]) -> dict[str, Value]:
    return {"layout": attrs["layout"], "method": attrs["method"]}


def _said(params: Upsampling) -> dict[str, Value]:
    return {"layout": params.layout, "method": params.method}


def _card(
    name: str,
    struct: str,
    fields: tuple[Field, ...],
    read: Callable[..., Mapping[str, Value]],
    write: Callable[..., Mapping[str, Value]],
) -> OpCard[Upsampling]:
    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Upsampling,
        infer=_infer,
        expand=_expand,
        relay=RelaySpelling(name=name, attrs_type=f"relay.attrs.{struct}", fields=fields, read=read, write=write),
        pattern=Pattern.INJECTIVE,
        error=Rounding(ulps=64, factor=_count, magnitude=_magnitude, coarser=resampling.coarser),
        draw=_draw(3 if name.endswith("3d") else 2),
        undefined=_undefined,
    )


def _count(params: Upsampling, data: TensorType) -> float:
    del params
    return 4.0 * sum(dim for dim in data.shape if isinstance(dim, int))


def _draw(count: int) -> Callable[[Draw], Drawn]:
    modes = ("asymmetric", "align_corners") if count == 2 else resampling.MODES

    def draw(d: Draw) -> Drawn:
        mode = d.one_of(*modes)
        least = 2 if mode == "align_corners" else 1
        size = d.extents(count, least, 4)
        scales = tuple(d.one_of(2.0, 1.0, 1.5, 3.0) if n > 1 else d.one_of(2.0, 1.0, 3.0) for n in size)
        letters = "NCDHW" if count == 3 else "NCHW"
        stated, shape = window_draw.channels_in_blocks(d, letters, (*d.extents(2, 1, 2), *size))
        params = Upsampling(scales, stated, d.one_of(*_METHODS[count]), mode)
        return Drawn(params, (TensorType(shape, d.one_of(*FLOATS, "int32", "int8")),))

    return draw


def _undefined(params: Upsampling, x: Array) -> Array:
    return resize_undefined(_resize(params, tensor_type_of(x)), x)


def _scale(name: str) -> Field:
    return Field(name, Kind.FLOAT, python=1)


_METHOD = Field("method", Kind.STR, "nearest_neighbor")

CARDS = (
    _card(
        "nn.upsampling",
        "UpSamplingAttrs",
        (
            _scale("scale_h"),
            _scale("scale_w"),
            Field("layout", Kind.STR, "NCHW"),
            _METHOD,
            Field("align_corners", Kind.BOOL, False),
        ),
        _read_2d,
        _write_2d,
    ),
    _card(
        "nn.upsampling3d",
        "UpSampling3DAttrs",
        (
            _scale("scale_d"),
            _scale("scale_h"),
            _scale("scale_w"),
            Field("layout", Kind.STR, "NCDHW"),
            _METHOD,
            Field("coordinate_transformation_mode", Kind.STR, "half_pixel"),
        ),
        _read_3d,
        _write_3d,
    ),
)
