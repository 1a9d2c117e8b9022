"""dyn.nn.upsampling and dyn.nn.upsampling3d: images enlarged by scales given by operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import rules
from tensor_core.ops.card import Domain, Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.dynamic import by_value, known, opened, rounded, static_call
from tensor_core.ops.registry import registry
from tensor_core.ops.rules import Array
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.types import TensorType, Type, tensor_type_of


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


def _drawn_fixed(d: Draw, name: str) -> tuple[Any, tuple[Type, ...], dict[int, Array]]:
    """The parameters and types of a drawn call of the twin, and its scales as operands."""
    fixed = registry().by_name[name]
    assert fixed.draw is not None
    drawn = fixed.draw(d)
    scales = {n: np.asarray(scale, np.float32) for n, scale in enumerate(drawn.params.scales, 1)}
    return drawn.params, (*drawn.types, *(TensorType((), "float32"),) * len(scales)), scales


def _draw_upsampling(d: Draw) -> Drawn:
    params, types, scales = _drawn_fixed(d, "nn.upsampling")
    corners = params.coordinate_transformation_mode == "align_corners"
    return Drawn(Upsampling(params.layout, params.method, corners), types, values=scales)


def _draw_upsampling3d(d: Draw) -> Drawn:
    params, types, scales = _drawn_fixed(d, "nn.upsampling3d")
    mode = params.coordinate_transformation_mode
    return Drawn(Upsampling3d(params.layout, params.method, mode), types, values=scales)


def _undefined(name: str, params: Any, x: Array, *scales: Array) -> Array:
    """As of the twin with these scales."""
    fixed, names = registry().by_name[name], _SCALES[-len(scales) :]
    assert fixed.relay is not None
    assert fixed.undefined is not None
    attrs = {name: getattr(params, name) for name in params.__dataclass_fields__}
    attrs |= {name: float(scale) for name, scale in zip(names, scales, strict=True)}
    return fixed.undefined(relay_params(fixed, complete(fixed.relay.fields, attrs), [tensor_type_of(x)]), x)


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
        draw=_draw_upsampling,
        undefined=partial(_undefined, "nn.upsampling"),
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
        draw=_draw_upsampling3d,
        undefined=partial(_undefined, "nn.upsampling3d"),
    ),
)
