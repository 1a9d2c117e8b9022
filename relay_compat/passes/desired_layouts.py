"""How operators take a layout that one wants: the built-in values of FTVMConvertOpLayout in TVM 0.19.

Each gets the attributes, the arguments, what is known of their types, and the wanted layouts of the arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relay_compat.ir.expr import Expr, Var
from relay_compat.ir.types import TensorType
from relay_compat.op.call import call
from relay_compat.op_attributes import declare
from tensor_core import codes
from tensor_core.diagnostics import fail

Convert = Callable[[Any, Sequence[Expr], Sequence[Any], Sequence[str]], Expr]


class LayoutConfig:
    """Within a ``with`` block, ConvertLayout leaves some convolutions alone (relay.transform.LayoutConfig).

    ``skip_layers``: their numbers, in the order in which the pass meets them.
    """

    current: LayoutConfig | None = None

    def __init__(self, skip_layers: Sequence[int] | None = None) -> None:
        self.skip_counter = 0
        self.skip_layers = list(skip_layers or ())
        self._before: LayoutConfig | None = None

    def check_skip(self) -> bool:
        """Whether the next convolution is to be left alone."""
        self.skip_counter += 1
        return self.skip_counter - 1 in self.skip_layers

    def reset(self) -> None:
        """Leave none alone, and count from the beginning."""
        self.skip_counter = 0
        self.skip_layers = []

    def __enter__(self) -> LayoutConfig:
        self._before, LayoutConfig.current = LayoutConfig.current, self
        return self

    def __exit__(self, *exception: object) -> None:
        LayoutConfig.current = self._before


def _skipped() -> bool:
    config = LayoutConfig.current
    return config is not None and config.check_skip()


def _wanted(layouts: Sequence[str], count: int) -> Sequence[str]:
    if len(layouts) != count or layouts[0] == "default":
        raise fail(codes.BAD_OPTION, f"{count} layouts are wanted, that of the data not 'default': {list(layouts)}")
    return layouts


def _unsupported(layout: str) -> Exception:
    return ValueError(f"Layout {layout} is not yet supported.")


def _with_kernel(name: str, kernels: Mapping[str, str], skippable: bool = False) -> Convert:
    """A convolution, which needs its kernel in a layout that goes with that of the data."""

    def convert(attrs: Any, args: Sequence[Expr], infos: Sequence[Any], layouts: Sequence[str]) -> Expr:
        if skippable and _skipped():
            return call(name, *args, **attrs)
        wanted, kernel = _wanted(layouts, 2)
        blocked = re.fullmatch(r"NCHW(\d*)c", wanted) if name == "nn.conv2d" else None
        if blocked:
            return _in_blocks(attrs, args, wanted, kernel, int(blocked.group(1)))
        if kernel == "default":
            if wanted not in kernels:
                raise _unsupported(wanted)
            kernel = kernels[wanted]
            if kernel == "HWIO" and name in ("nn.conv2d", "qnn.conv2d") and _is_depthwise(attrs, *infos[:2]):
                kernel = "HWOI"
        return call(name, *args, **{**attrs, "data_layout": wanted, "kernel_layout": kernel})

    return convert


def _in_blocks(attrs: Any, args: Sequence[Expr], wanted: str, kernel: str, block: int) -> Expr:
    if kernel == "default":
        raise fail(codes.BAD_OPTION, "Kernel layout cannot be default.")
    data = args[0]
    type_ = getattr(data, "checked", None)
    if isinstance(data, Var) and isinstance(type_, TensorType) and int(type_.shape[1]) % block:  # type: ignore[arg-type]
        return call("nn.conv2d", *args, **attrs)
    return call("nn.contrib_conv2d_NCHWc", *args, **{**attrs, "data_layout": wanted, "kernel_layout": kernel})


def _is_depthwise(attrs: Any, data: Any, weight: Any) -> bool:
    layout = attrs.data_layout
    # A layout may begin with NCHW and go on with blocks.
    inputs = data.shape[1] * (data.shape[4] if len(layout) > 4 else 1) if layout[:4] == "NCHW" else data.shape[3]
    return inputs == _outputs(attrs.kernel_layout, weight.shape) == attrs.groups


def _outputs(layout: str, shape: Sequence[Any]) -> Any:
    """The number of output channels that TVM 0.19 reads off a kernel of this layout, with blocks of them or without."""
    if len(shape) == 4:
        return shape[layout.index("O")]
    if not re.match(r"OIHW(\d*i)?\d*o", layout):
        raise fail(codes.BAD_OPTION, f"Unknown conv2d kernel layout {layout}", hint="name the kernel's layout, too")
    return shape[0] * shape[5 if "i" in layout else 4]


def _conv2d_backward_weight(attrs: Any, args: Sequence[Expr], infos: Any, layouts: Sequence[str]) -> Expr:
    """The gradient comes as the data does; the operator states its layout in the place of the data's, that of the data
    in the place of the kernel's.
    """
    del infos
    data, kernel = _wanted(layouts, 2)
    stated = {"data_layout": data, "kernel_layout": data, "out_layout": kernel}
    return call("nn.conv2d_backward_weight", *args, **{**attrs, **stated})


def _with_layout(name: str, count: int = 1, twice: bool = True, only: Sequence[str] = ()) -> Convert:
    """An operator that says its layout, and where ``twice`` that of its result."""

    def convert(attrs: Any, args: Sequence[Expr], infos: Sequence[Any], layouts: Sequence[str]) -> Expr:
        del infos
        wanted = _wanted(layouts, count)[0]
        if only and wanted not in only:
            raise _unsupported(wanted)
        stated = {"layout": wanted, "out_layout": wanted} if twice else {"layout": wanted}
        return call(name, *args, **{**attrs, **stated})

    return convert


_IMAGES = ("NCHW", "NHWC")
_CONV = {"NCHW": "OIHW", "NHWC": "HWIO"}
_TRANSPOSED = {"NCHW": "IOHW", "NHWC": "HWIO"}

_CONVERSIONS: dict[str, Convert] = {
    "image.resize1d": _with_layout("image.resize1d", twice=False),
    "image.resize2d": _with_layout("image.resize2d", twice=False),
    "nn.conv2d": _with_kernel("nn.conv2d", {**_CONV, "HWNC": "HWOI"}, skippable=True),
    "nn.conv2d_backward_weight": _conv2d_backward_weight,
    "nn.conv2d_transpose": _with_kernel("nn.conv2d_transpose", _TRANSPOSED),
    "nn.conv3d": _with_kernel("nn.conv3d", {"NCDHW": "OIDHW", "NDHWC": "DHWIO"}),
    "nn.conv3d_transpose": _with_kernel("nn.conv3d_transpose", {"NCDHW": "IODHW", "NDHWC": "DHWOI"}),
    "nn.deformable_conv2d": _with_kernel("nn.deformable_conv2d", _CONV, skippable=True),
    "qnn.avg_pool2d": _with_layout("qnn.avg_pool2d", only=_IMAGES),
    "qnn.conv2d": _with_kernel("qnn.conv2d", _CONV),
    "qnn.conv2d_transpose": _with_kernel("qnn.conv2d_transpose", _TRANSPOSED),
    "vision.roi_align": _with_layout("vision.roi_align", 2, twice=False, only=_IMAGES),
    "vision.roi_pool": _with_layout("vision.roi_pool", 2, twice=False, only=_IMAGES),
    **{
        name: _with_layout(name)
        for name in ("nn.max_pool2d", "nn.avg_pool2d", "nn.global_max_pool2d", "nn.global_avg_pool2d")
    },
}

declare("FTVMConvertOpLayout", _CONVERSIONS.get)
