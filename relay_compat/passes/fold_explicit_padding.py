"""FoldExplicitPadding: ``nn.pad`` before a convolution or a pooling becomes its own padding (TVM 0.19).

Only where the meaning stays: space alone is padded, a convolution and a mean with zeros, a maximum with the lowest
finite number, a quantised convolution with its zero point (whatever the pad's mode). A mean that leaves padding out
counts it from then on, which is right where it had none of its own; else it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from relay_compat.ir.expr import Call, Constant, Expr, Function
from relay_compat.layouts.inferred import changed
from relay_compat.passes.building import CallRewriter, Replace, is_call_of, is_equal_scalar
from relay_compat.transform.function_pass import FunctionPass
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.ops.layout import spatial_padding
from tensor_core.passes import Pass, PassContext, PassInfo


def FoldExplicitPadding() -> Pass:
    """The pass."""
    return folding(_ZERO | _LOWEST | {_QUANTISED})


def folding(takers: Iterable[str]) -> Pass:
    """The pass for these operators."""
    rules: dict[str, Replace] = dict.fromkeys(takers, _fold)

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return CallRewriter(rules).rewrite(function)

    # The blank is in TVM's name of it, too.
    return FunctionPass(PassInfo(0, " FoldExplicitPadding", ("InferType",)), run)


_MEANS = {"nn.avg_pool1d", "nn.avg_pool2d", "nn.avg_pool3d"}
_ZERO = {"nn.conv1d", "nn.conv2d", "nn.conv3d"} | _MEANS
_LOWEST = {"nn.max_pool1d", "nn.max_pool2d", "nn.max_pool3d"}
_QUANTISED = "qnn.conv2d"


def _fold(old: Call, new: Call) -> Expr:
    del old
    while (folded := _without_pad(new)) is not None:
        new = folded
    return new


def _without_pad(call: Call) -> Call | None:
    """The call on what its pad pads; None where the pad stays."""
    pad = call.args[0]
    if not isinstance(pad, Call) or not is_call_of(pad, "nn.pad") or not _is_neutral(call, pad):
        return None
    attrs: Mapping[str, Any] = call.attrs or {}
    layout = attrs["data_layout"] if "data_layout" in attrs else attrs["layout"]
    given: Any = pad.attrs
    widths = [(int(pair[0]), int(pair[1])) for pair in given["pad_width"]]
    padding = spatial_padding(widths, layout)
    if padding is None:
        return None
    changes: dict[str, Any] = {"padding": tuple(a + b for a, b in zip(padding, attrs["padding"], strict=True))}
    if is_call_of(call, *_MEANS) and not attrs["count_include_pad"]:
        if any(attrs["padding"]):
            return None
        changes["count_include_pad"] = True
    assert call.attrs is not None
    return call.replace(args=(pad.args[0], *call.args[1:]), attrs=changed(call.attrs, **changes))


def _is_neutral(call: Call, pad: Call) -> bool:
    """Whether what is padded with is what the operator pads with itself."""
    value = pad.args[1]
    if is_call_of(call, _QUANTISED):
        return is_equal_scalar(call.args[2], value)
    if (pad.attrs or {})["pad_mode"] != "constant" or not isinstance(value, Constant):
        return False
    number = value.data.reshape(-1)[0]
    return number == (0 if is_call_of(call, *_ZERO) else dtypes.lowest(dtypes.from_numpy(value.data.dtype)))
