"""Operators on images (tvm.relay.op.image in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Constant, Expr
from relay_compat.op.call import call
from relay_compat.op.declare import apply, declared
from relay_compat.op.normal import as_const
from relay_compat.op.wrappers import derived, names

__getattr__ = derived("image.")


def resize1d(
    data: Expr,
    size: Any,
    roi: Any = None,
    layout: str = "NCW",
    method: str = "linear",
    coordinate_transformation_mode: str = "half_pixel",
    rounding_method: str = "",
    cubic_alpha: float = -0.5,
    cubic_exclude: int = 0,
    extrapolation_value: float = 0.0,
    out_dtype: str | None = None,
) -> Expr:
    """Signals at another length. NotImplementedError for a size or region that is an expression, but no constant."""
    how = (layout, method, coordinate_transformation_mode, rounding_method)
    return _resized(1, data, size, roi, how, (cubic_alpha, cubic_exclude, extrapolation_value), out_dtype)


def resize2d(
    data: Expr,
    size: Any,
    roi: Any = None,
    layout: str = "NCHW",
    method: str = "linear",
    coordinate_transformation_mode: str = "half_pixel",
    rounding_method: str = "",
    cubic_alpha: float = -0.5,
    cubic_exclude: int = 0,
    extrapolation_value: float = 0.0,
    out_dtype: str | None = None,
) -> Expr:
    """Images at another size; a size or region that is an expression, but no constant, makes a dyn.image.resize2d."""
    how = (layout, method, coordinate_transformation_mode, rounding_method)
    return _resized(2, data, size, roi, how, (cubic_alpha, cubic_exclude, extrapolation_value), out_dtype)


def resize3d(
    data: Expr,
    size: Any,
    roi: Any = None,
    layout: str = "NCDHW",
    method: str = "linear",
    coordinate_transformation_mode: str = "half_pixel",
    rounding_method: str = "",
    cubic_alpha: float = -0.5,
    cubic_exclude: int = 0,
    extrapolation_value: float = 0.0,
    out_dtype: str | None = None,
) -> Expr:
    """Volumes at another size. NotImplementedError for a size or region that is an expression, but no constant."""
    how = (layout, method, coordinate_transformation_mode, rounding_method)
    return _resized(3, data, size, roi, how, (cubic_alpha, cubic_exclude, extrapolation_value), out_dtype)


def _resized(
    rank: int, data: Expr, size: Any, roi: Any, how: tuple[str, ...], numbers: tuple[float, ...], dtype: str | None
) -> Expr:
    names = ("layout", "method", "coordinate_transformation_mode", "rounding_method")
    more = ("cubic_alpha", "cubic_exclude", "extrapolation_value")
    attrs = {**dict(zip(names, how, strict=True)), **dict(zip(more, numbers, strict=True)), "out_dtype": dtype}
    roi = [0.0] * (2 * rank) if roi is None else roi
    size = size.data.tolist() if isinstance(size, Constant) else size
    if isinstance(roi, Constant):
        roi = roi.data.astype("float32" if rank == 2 else "int32").tolist()
    if not (isinstance(size, Expr) or isinstance(roi, Expr)):
        return apply(f"image.resize{rank}d", {"data": data, "size": size, "roi": roi, **attrs})
    if rank != 2:
        raise NotImplementedError(f"dyn.resize{rank}d is not yet implemented, got size", size, "and roi", roi)
    operands = {"0": data, "1": as_const("int64")(size), "2": as_const("float32")(roi)}
    return apply("dyn.image.resize2d", {**operands, "size": [], "roi": [], **attrs})


@declared("image.crop_and_resize")
def crop_and_resize(
    data: Expr,
    boxes: Expr,
    box_indices: Expr,
    crop_size: Any,
    layout: str,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    out_dtype: str | None = None,
) -> None:
    """Parts of images, cut out by boxes and resized."""


@declared("image.dilation2d")
def dilation2d(
    data: Expr,
    weight: Expr,
    strides: Any = (1, 1),
    padding: Any = (0, 0),
    dilations: Any = (1, 1),
    data_layout: str = "NCHW",
    kernel_layout: str = "IHW",
    out_dtype: str = "",
) -> None:
    """The greatest sum of image and weight over windows."""


def affine_grid(data: Expr, target_shape: Any = None) -> Expr:
    """Coordinates under affine maps."""
    return call("image.affine_grid", data, target_shape=target_shape)


@declared("image.grid_sample")
def grid_sample(
    data: Expr,
    grid: Expr,
    method: str = "bilinear",
    layout: str = "NCHW",
    padding_mode: str = "zeros",
    align_corners: bool = True,
) -> None:
    """Images sampled at coordinates."""


def __dir__() -> list[str]:
    return sorted({*globals(), *names("image.")})
