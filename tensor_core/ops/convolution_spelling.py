"""How both IRs spell convolutions and transposed convolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tensor_core.ops import contraction, layout, windows
from tensor_core.ops.card import Field, Kind, Value
from tensor_core.ops.convolution import Conv, Geometry
from tensor_core.types import Type


def window_fields(count: int, padding: tuple[int, ...]) -> dict[str, Field]:
    """The fields that both IRs have, by name; each spelling puts them in its own order."""
    ones = (1,) * count
    spelled = (
        Field("strides", Kind.INTS, ones),
        Field("padding", Kind.INTS, padding),
        Field("output_padding", Kind.INTS, (0,) * count),
        Field("dilation", Kind.INTS, ones),
        Field("groups", Kind.INT, 1),
        Field("data_layout", Kind.STR, "NC" + layout.LETTERS[count]),
        Field("kernel_layout", Kind.STR, "OI" + layout.LETTERS[count]),
        Field("out_layout", Kind.STR, ""),
        # Relay repeats what the weight's type says.
        Field("channels", Kind.INT, None, optional=True, param=None),
        Field("kernel_size", Kind.INTS, None, optional=True, param=None),
    )
    return {item.name: item for item in spelled}


def read(count: int, attrs: Mapping[str, Value], types: Sequence[Type]) -> dict[str, Any]:
    """The parameters of a call in either IR."""
    data_layout: str = attrs["data_layout"]
    kernel = attrs.get("kernel_size")
    return {
        "strides": windows.per_dimension(attrs["strides"], count, "strides"),
        "padding": windows.full_padding(attrs["padding"], count),
        "dilation": windows.per_dimension(attrs["dilation"], count, "dilation"),
        "groups": attrs["groups"],
        "data_layout": data_layout,
        "kernel_layout": attrs["kernel_layout"],
        "out_layout": attrs["out_layout"] or data_layout,
        "out_dtype": contraction.read_out_dtype(attrs, types),
        "channels": attrs.get("channels"),
        "kernel_size": None if kernel is None else windows.per_dimension(kernel, count, "kernel_size"),
    }


def write_relax(params: Conv) -> dict[str, Value]:
    """The Relax attributes but out_dtype."""
    names = ("strides", "padding", "dilation", "groups", "data_layout", "kernel_layout", "out_layout")
    return {name: getattr(params, name) for name in names}


def write_relay(params: Conv, g: Geometry) -> dict[str, Value]:
    """The Relay attributes, with those that repeat the weight's type."""
    return {
        **write_relax(params),
        "channels": g.outputs if isinstance(g.outputs, int) else None,
        "kernel_size": g.kernel,
        "out_layout": "" if params.out_layout == params.data_layout else params.out_layout,
        "out_dtype": params.out_dtype,
    }
