"""How a call of an older release becomes one of 0.19. Each step looks at the call and leaves one that is new alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np

from relay_compat.ir.expr import Constant, Expr, Tuple
from relay_compat.ir.values import Record
from relay_compat.virtual_device import of_parts


class OldCall(NamedTuple):
    """A call of an operator. ``attrs`` are those that are written, of the struct ``kind`` where that is known."""

    name: str
    args: tuple[Expr, ...]
    attrs: dict[str, Any]
    kind: str | None = None

    def having(self, **changed: Any) -> OldCall:
        """This call with attributes set."""
        return self._replace(attrs={**self.attrs, **changed})

    def without(self, *names: str) -> OldCall:
        """This call without some attributes."""
        return self._replace(attrs={name: value for name, value in self.attrs.items() if name not in names})


Step = Callable[[OldCall], OldCall]


class NotUpgraded(ValueError):
    """The call cannot be said in the current form with certainty; the message says why."""


def _constant(value: Any, dtype: str) -> Constant:
    data = np.array(value, dtype)
    data.flags.writeable = False
    return Constant(data)


def _scalar(call: OldCall, name: str, value: Any, dtype: str) -> Constant:
    """A rank-0 constant. ``float``: float32 where that holds the number exactly, else float64."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotUpgraded(f"{call.name}: the attribute {name} is no number")
    if dtype == "int32":
        if value != int(value) or not -(1 << 31) <= value < 1 << 31:
            raise NotUpgraded(f"{call.name}: the attribute {name} is no int32")
        return _constant(int(value), dtype)
    exact = dtype == "float32" or value != value or float(np.float32(value)) == value
    return _constant(value, "float32" if exact else "float64")


def _text(call: OldCall, name: str, default: str) -> str:
    value = call.attrs.get(name, default)
    if not isinstance(value, str):
        raise NotUpgraded(f"{call.name}: the attribute {name} is no text")
    return value


def renamed(name: str) -> Step:
    """The operator has this name now."""
    return lambda call: call._replace(name=name)


def refused(reason: str) -> Step:
    """There is no certain form of such a call."""

    def refuse(call: OldCall) -> OldCall:
        raise NotUpgraded(f"{call.name}: {reason}")

    return refuse


def struct(kind: str | None) -> Step:
    """The attributes are of another struct now, with the same fields; None: there are none."""
    name = kind and f"relay.attrs.{kind}"
    return lambda call: call._replace(kind=name) if kind else call._replace(kind=None, attrs={})


def completed(**values: Any) -> Step:
    """A call without any attributes means these."""
    return lambda call: call if call.attrs else call.having(**values)


def moved(count: int, *places: tuple[str, float, str]) -> Step:
    """Numbers that were attributes are arguments behind the first ``count`` ones: (attribute, its default, dtype)."""

    def move(call: OldCall) -> OldCall:
        if len(call.args) != count:
            return call
        values = [_scalar(call, name, call.attrs.get(name, default), dtype) for name, default, dtype in places]
        return call._replace(args=(*call.args, *values)).without(*(name for name, _, _ in places))

    return move


def dropped(name: str) -> Step:
    """The attribute is gone: it repeated what an argument says."""
    return lambda call: call.without(name)


def left_open(name: str) -> Step:
    """The attribute is there and says nothing: an argument does."""
    return lambda call: call if name in call.attrs else call.having(**{name: None})


def repeated(count: int, *places: int) -> Step:
    """A call with ``count`` arguments says those at some places once more."""

    def repeat(call: OldCall) -> OldCall:
        more = tuple(call.args[n] for n in places) if len(call.args) == count else ()
        return call._replace(args=(*call.args, *more))

    return repeat


def swapped_kernel(call: OldCall) -> OldCall:
    """The letters for input and output channels of a transposed convolution's weight stood for each other."""
    layout = _text(call, "kernel_layout", "")
    return call.having(kernel_layout=layout.translate(str.maketrans("OIoi", "IOio"))) if layout else call


_METHODS = {"bilinear": "linear", "trilinear": "linear", "nearest_neighbor": "nearest_neighbor", "bicubic": "cubic"}


def resized(name: str, rank: int) -> Step:
    """image.resize and image.resize3d of 0.6 and 0.7, which had a method of their own for each rank."""
    default, kind = "trilinear" if rank == 3 else "bilinear", f"relay.attrs.Resize{rank}DAttrs"

    def resize(call: OldCall) -> OldCall:
        if call.kind == kind:
            return call
        method, mode = _text(call, "method", default), call.attrs.get("coordinate_transformation_mode")
        if mode is None:
            aligned = call.attrs.get("align_corners")
            mode = "half_pixel" if aligned is None else "align_corners" if aligned else "asymmetric"
        if method not in _METHODS:
            raise NotUpgraded(f"{call.name}: the method {method!r} is not known")
        if method == "nearest_neighbor" and mode == "half_pixel":
            raise NotUpgraded(f"{call.name}: nearest neighbours under half_pixel coordinates had no definite meaning")
        rounding = "floor" if method == "nearest_neighbor" and mode != "align_corners" else "round"
        return call._replace(name=name, kind=kind).without("align_corners").having(
            method=_METHODS[method], coordinate_transformation_mode=mode, rounding_method=rounding,
            roi=(0.0,) * (2 * rank), extrapolation_value=0.0, cubic_alpha=-0.5, cubic_exclude=0,
        )  # fmt: skip

    return resize


def with_region(call: OldCall) -> OldCall:
    """dyn.image.resize2d got the region of interest as its third argument."""
    if len(call.args) != 2:
        return call
    return call._replace(args=(*call.args, _constant((0.0,) * 4, "float32")))


def scattered(reduction: str) -> Step:
    """scatter and scatter_add are one operator now."""
    kind = "relay.attrs.ScatterElementsAttrs"
    return lambda call: call._replace(name="scatter_elements", kind=kind).having(reduction=reduction)


def quantized_concatenate(call: OldCall) -> OldCall:
    """qnn.concatenate of 0.6 had its scales and zero points as attributes."""
    if len(call.args) != 1:
        return call
    named = {name: call.attrs.get(name) for name in ("input_scales", "input_zero_points")}
    if not all(isinstance(value, tuple) for value in named.values()):
        raise NotUpgraded(f"{call.name}: its scales and zero points are no lists")
    kinds = {"input_scales": "float32", "input_zero_points": "int32"}
    lists = [
        Tuple(tuple(_scalar(call, name, item, kinds[name]) for item in cast("tuple[Any, ...]", value)))
        for name, value in named.items()
    ]
    call = call._replace(args=(*call.args, *lists), kind="relay.attrs.ConcatenateAttrs").without(*named)
    return moved(3, ("output_scale", 1.0, "float32"), ("output_zero_point", 0, "int32"))(call)


def unreversed(call: OldCall) -> OldCall:
    """reshape had a flag that only the reversed reshape sets."""
    if call.attrs.get("reverse") and "reverse_reshape" not in call.name:
        raise NotUpgraded(f"{call.name}: only contrib_reverse_reshape reads its new shape from the right")
    return call.without("reverse")


def unit_strides(call: OldCall) -> OldCall:
    """strided_slice without strides."""
    return call.having(strides=(1,)) if call.attrs.get("strides") == () else call


def _device(call: OldCall, name: str) -> Record:
    kind = call.attrs.get(name)
    if not isinstance(kind, int):
        raise NotUpgraded(f"{call.name}: the attribute {name} is no kind of device")
    return of_parts(kind, 0)


def on_device(call: OldCall) -> OldCall:
    """Devices were numbers of device kinds."""
    if "virtual_device" in call.attrs:
        return call
    device, fixed = _device(call, "device_type"), bool(call.attrs.get("is_fixed", False))
    call = call.without("device_type", "is_fixed")
    return call.having(virtual_device=device, constrain_result=fixed, constrain_body=True)


def device_copy(call: OldCall) -> OldCall:
    """Devices were numbers of device kinds."""
    if "src_virtual_device" in call.attrs:
        return call
    source, target = _device(call, "src_dev_type"), _device(call, "dst_dev_type")
    call = call.without("src_dev_type", "dst_dev_type")
    return call.having(src_virtual_device=source, dst_virtual_device=target)
