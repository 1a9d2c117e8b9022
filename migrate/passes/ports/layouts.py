"""ConvertLayout on both sides: all of which layouts can be asked, with channels last."""

from __future__ import annotations

from collections.abc import Iterator

import relax_core.ir.expr as relax
from migrate.passes.bridges import typed
from migrate.passes.ports.seen import Seen, operators, sizes, tensor
from migrate.reading import is_relax
from migrate.verify.generate.skeletons import layers
from migrate.verify.generate.skeletons.bridging import plain_convolution
from migrate.verify.generate.skeletons.followers import FOLLOWERS, OF_TWO_RANKS, ON_RELAX, ON_RELAY
from migrate.verify.generate.skeletons.laid_out import asked
from migrate.verify.generate.skeletons.placed import placed
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.convert_layout import ConvertLayout as RelaxConvertLayout
from relay_compat.passes.convert_layout import ConvertLayout
from tensor_core.module import IRModule
from tensor_core.ops.layout import LETTERS


def ports() -> Iterator[PortedPass]:
    """The pass."""
    yield PortedPass(
        "ConvertLayout",
        typed(ConvertLayout(_ASKED_ON_RELAY)),
        RelaxConvertLayout({f"relax.{name}": wanted for name, wanted in _ASKED_ON_RELAX.items()}),
        unconverted,
        skeletons=(
            Skeleton(placed(plain_convolution)),
            Skeleton(layers.convolution),
            *map(Skeleton, FOLLOWERS),
            *map(Skeleton, map(asked, _ANCHORS)),
        ),
        takes=lambda module: not is_mistaken(module),
    )


_ASKED_ON_RELAY = {
    **dict.fromkeys(
        (
            "nn.conv2d", "nn.conv2d_transpose", "nn.deformable_conv2d", "qnn.conv2d", "qnn.conv2d_transpose",
            "vision.roi_align",
        ),
        ("NHWC", "default"),
    ),
    **dict.fromkeys(
        (
            "image.resize2d", "nn.avg_pool2d", "nn.global_avg_pool2d", "nn.global_max_pool2d", "nn.max_pool2d",
            "qnn.avg_pool2d",
        ),
        ("NHWC",),
    ),
    "image.resize1d": ("NWC",),
    "nn.conv2d_backward_weight": ("NHWC", "OHWI"),
    **dict.fromkeys(("nn.conv3d", "nn.conv3d_transpose"), ("NDHWC", "default")),
}  # fmt: skip
_ASKED_ON_RELAX = {
    "image.resize2d": ("NHWC",),
    "image.resize3d": ("NDHWC",),
    **{f"nn.conv{count}d": (f"N{letters}C", f"O{letters}I") for count, letters in LETTERS.items()},
    **{f"nn.conv{count}d_transpose": (f"N{letters}C", f"I{letters}O") for count, letters in LETTERS.items()},
}
_CONVOLUTIONS = tuple(f"nn.conv{count}d" for count in LETTERS)
_ANCHORS = dict.fromkeys((*_ASKED_ON_RELAY, *_ASKED_ON_RELAX))
"""Every operator of which layouts can be asked."""


def unconverted(module: IRModule) -> str:
    """Names the first operator that is not in the layout it was asked for, or what does not take the result of a
    convolution as it comes; empty when there is none. Relax leaves those outside of dataflow blocks alone.
    """
    on_relax = is_relax(module)
    following = ON_RELAX if on_relax else ON_RELAY
    for seen in operators(module):
        reached = isinstance(seen.scope, relax.DataflowBlock) if on_relax else True
        if reached and (_could_be_asked(seen) if on_relax else _is_as_it_was(seen)):
            return f"{seen.name} is left in its old layout"
        if reached and seen.name in following and _is_of_one_rank(seen) and _is_turned_back(seen.first(0)):
            return f"{seen.name} takes the result of a convolution in its old layout"
    return ""


def _is_as_it_was(seen: Seen) -> bool:
    wanted = _ASKED_ON_RELAY.get(seen.name)
    return wanted is not None and _stated(seen) != wanted[0]


def _could_be_asked(seen: Seen) -> bool:
    """Whether an operator has another layout than was asked for, and could have that: one without blocks, dimensions
    that windows slide over in order.
    """
    wanted = _ASKED_ON_RELAX.get(seen.name)
    if wanted is None or _stated(seen) == wanted[0]:
        return False
    if seen.name.startswith("image."):
        return _stated(seen).isupper()
    stated = [seen.attrs[name] or seen.attrs["data_layout"] for name in ("data_layout", "kernel_layout", "out_layout")]
    order = "".join(letter for letter in wanted[0] if letter in "DHW")
    return all(text.isupper() and "".join(each for each in text if each in "DHW") == order for text in stated)


def _stated(seen: Seen) -> str:
    return seen.attrs["data_layout"] if "data_layout" in seen.attrs else seen.attrs["layout"]


def _is_of_one_rank(call: Seen) -> bool:
    """Whether all operands have one number of dimensions: of others, Relay follows the larger, Relax the smaller."""
    types = [tensor(arg) for arg in call.args]
    alike = len({type_.rank for type_ in types if type_ is not None}) == 1
    return bool(types) and (alike or len(types) != 2 or call.name in OF_TWO_RANKS)


def _is_turned_back(given: Seen | None) -> bool:
    """Whether a value is the result of a convolution, perhaps of other numbers, brought back to the old layout."""
    if given is None or given.name not in ("layout_transform", "transpose"):
        return False
    axes = list(given.attrs.get("axes", ()))
    if axes and axes != [0, len(axes) - 1, *range(1, len(axes) - 1)]:
        return False
    source = given.inner(0)
    while source is not None and source.name in ("cast", "not_equal"):
        source = source.inner(0)
    return source is not None and source.name in _CONVOLUTIONS and _is_spread(source)


def _is_spread(call: Seen) -> bool:
    """Whether a convolution multiplies by one number for each channel: the one that followers are built behind."""
    return sum(size > 1 for size in sizes(call.args[1]) or ()) <= 1


def is_mistaken(module: IRModule) -> bool:
    """Whether a product takes more than two dimensions: TVM 0.19 holds its layout for one of two, and fails."""
    found = (tensor(call.node) for call in operators(module) if call.name in ("nn.dense", "nn.matmul"))
    return any(type_ is not None and type_.rank > 2 for type_ in found)
