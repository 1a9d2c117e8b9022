"""dyn.nn.upsampling and dyn.nn.upsampling3d: images enlarged by scales given by operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops import rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.dynamic import by_value, known, opened, rounded, static_call
from tensor_core.types import Type


@dataclass(frozen=True, slots=True)
class Upsampling:
    """As nn.upsampling, without scales."""

    layout: str
    method: str
    align_corners: bool


@dataclass(frozen=True, slots=True)
class Upsampling3d:
    """As nn.upsampling3d, without scales."""

    layout: str
    method: str
    coordinate_transformation_mode: str


def _infer_upsampling(params: Upsampling, data: Type, *scales: Type) -> Type:
    for argument, scale in enumerate(scales, 1):
        if rules.tensor(scale, argument).rank:
            raise Reject(f"a scale must be a scalar, got {scale}", argument)
    return opened(params.layout, "NCHW", data)


def _infer_upsampling3d(params: Upsampling3d, data: Type, *scales: Type) -> Type:
    for argument, scale in enumerate(scales, 1):
        rules.tensor(scale, argument)
    return opened(params.layout, "NCDHW", data)


def _scales(f: Fragment[Any], names: Sequence[str], values: Sequence[Any]) -> dict[str, float]:
    return {name: float(known(f, value).item()) for name, value in zip(names, values, strict=True)}


def _upsampling(params: Upsampling, f: Fragment[Any], data: Any, *values: Any) -> Any:
    attrs = {name: getattr(params, name) for name in params.__dataclass_fields__}
    return static_call(f, "nn.upsampling", {**_scales(f, _SCALES[1:], values), **attrs}, data)


def _upsampling3d(params: Upsampling3d, f: Fragment[Any], data: Any, *values: Any) -> Any:
    attrs = {name: getattr(params, name) for name in params.__dataclass_fields__}
    return static_call(f, "nn.upsampling3d", {**_scales(f, _SCALES, values), **attrs}, data)


def _write_upsampling(params: Any, _types: Sequence[Type]) -> Mapping[str, Value]:
    scales = _SCALES if isinstance(params, Upsampling3d) else _SCALES[1:]
    attrs = {name: getattr(params, name) for name in params.__dataclass_fields__}
    return {**dict.fromkeys(scales, 0.0), **attrs}


_SCALES = ("scale_d", "scale_h", "scale_w")
_SCALE = Domain(1.0, 3.0)
# The struct's own values of these mean nothing: the operands tell.
_SCALE_FIELDS = tuple(Field(name, Kind.FLOAT, param=None) for name in _SCALES)

CARDS = (
    OpCard(
        name="dyn.nn.upsampling",
        inputs=(Input("data"), Input("scale_h", _SCALE), Input("scale_w", _SCALE)),
        params=Upsampling,
        infer=_infer_upsampling,
        reference=by_value(_upsampling),
        expand=_upsampling,
        relay=RelaySpelling(
            name="dyn.nn.upsampling",
            attrs_type="relay.attrs.UpSamplingAttrs",
            fields=(
                *_SCALE_FIELDS[1:],
                Field("layout", Kind.STR, "NCHW"),
                Field("method", Kind.STR, "nearest_neighbor"),
                Field("align_corners", Kind.BOOL, False),
            ),
            write=_write_upsampling,
        ),
        pattern=Pattern.INJECTIVE,
        error=rounded(_upsampling),
    ),
    OpCard(
        name="dyn.nn.upsampling3d",
        inputs=(Input("data"), Input("scale_d", _SCALE), Input("scale_h", _SCALE), Input("scale_w", _SCALE)),
        params=Upsampling3d,
        infer=_infer_upsampling3d,
        reference=by_value(_upsampling3d),
        expand=_upsampling3d,
        relay=RelaySpelling(
            name="dyn.nn.upsampling3d",
            attrs_type="relay.attrs.UpSampling3DAttrs",
            fields=(
                *_SCALE_FIELDS,
                Field("layout", Kind.STR, "NCDHW"),
                Field("method", Kind.STR, "nearest_neighbor"),
                Field("coordinate_transformation_mode", Kind.STR, "half_pixel"),
            ),
            write=_write_upsampling,
        ),
        pattern=Pattern.INJECTIVE,
        error=rounded(_upsampling3d),
    ),
)
