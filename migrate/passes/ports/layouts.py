"""ConvertLayout and AlterOpLayout on both sides: convolutions of images in NHWC, and in blocks of channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.passes.bridges import Transform, typed
from migrate.passes.ports.seen import Seen, operators, sizes, tensor
from migrate.reading import is_relax
from migrate.verify.generate.skeletons import layers
from migrate.verify.generate.skeletons.bridging import plain_convolution
from migrate.verify.generate.skeletons.followers import FOLLOWERS, OF_TWO_RANKS, ON_RELAX, ON_RELAY
from migrate.verify.generate.skeletons.placed import placed
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.alter_op_layout import AlterOpLayout as RelaxAlterOpLayout
from relax_core.passes.convert_layout import ConvertLayout as RelaxConvertLayout
from relay_compat.op import nn
from relay_compat.op_attributes import TempOpAttr
from relay_compat.passes.alter_op_layout import AlterOpLayout
from relay_compat.passes.convert_layout import ConvertLayout
from tensor_core.attrs import Attrs
from tensor_core.module import IRModule
from tensor_core.passes import PassContext


def ports() -> Iterator[PortedPass]:
    """The passes."""
    yield PortedPass(
        "ConvertLayout",
        typed(ConvertLayout({"nn.conv2d": ["NHWC", "default"]})),
        RelaxConvertLayout({"relax.nn.conv2d": ["NHWC", "OHWI"]}),
        unconverted,
        skeletons=(Skeleton(placed(plain_convolution)), Skeleton(layers.convolution), *map(Skeleton, FOLLOWERS)),
        takes=lambda module: not _is_mistaken(module),
    )
    yield PortedPass(
        "AlterOpLayout",
        _registered(typed(AlterOpLayout())),
        RelaxAlterOpLayout({"relax.nn.conv2d": _blocked_on_relax}),
        unaltered,
        skeletons=(Skeleton(placed(layers.even_convolution)),),
        takes=lambda module: _is_paired(module) and not _is_mistaken(module),
    )


_BLOCKS = {"data_layout": "NCHW2c", "kernel_layout": "OIHW2i2o"}


def _registered(transform: Transform) -> Transform:
    """A Relay pass that finds convolutions altered to blocks of channels."""

    def run(module: IRModule) -> IRModule:
        with TempOpAttr("nn.conv2d", "FTVMAlterOpLayout", _blocked_on_relay), PassContext(opt_level=3):
            return transform(module)

    return run


def _blocked_on_relay(attrs: Any, inputs: Any, types: Any, result: Any) -> relay.Expr:
    del types, result
    return nn.conv2d(*inputs, **{**attrs, **_BLOCKS, "out_layout": ""})


def _blocked_on_relax(attrs: Any, args: Any, types: Any, result: Any) -> relax.Expr:
    del types, result
    return relax.Call(
        relax.op("relax.nn.conv2d"), tuple(args), Attrs(attrs.type_key, {**attrs, **_BLOCKS, "out_layout": ""})
    )


def _is_paired(module: IRModule) -> bool:
    """Whether the channels of all convolutions fill blocks: TVM 0.19 gives tensors that are padded for others."""
    weights = [sizes(call.args[1]) for call in operators(module) if call.name == "nn.conv2d"]
    return all(found is not None and not any(dim % 2 for dim in found[:2]) for found in weights)


def unconverted(module: IRModule) -> str:
    """Names the first convolution that is still in NCHW, or what does not take the result of one as it comes; empty
    when there is none. Relax leaves those outside of dataflow blocks alone.
    """
    on_relax = is_relax(module)
    following = ON_RELAX if on_relax else ON_RELAY
    for call in operators(module):
        reached = isinstance(call.scope, relax.DataflowBlock) if on_relax else True
        if reached and call.name == "nn.conv2d" and call.attrs["data_layout"] == "NCHW":
            return "a convolution in NCHW is left"
        if reached and call.name in following and _is_of_one_rank(call) and _is_turned_back(call.first(0)):
            return f"{call.name} takes the result of a convolution in its old layout"
    return ""


_CONVERSIONS = ("layout_transform", "map_layout")


def unaltered(module: IRModule) -> str:
    """As ``unconverted``; what works on single elements takes blocks as they come, too."""
    for call in operators(module):
        given = call.inner(0) if call.name in ("nn.relu", "add", "multiply") else None
        alike = len({sizes(arg) for arg in call.args}) == 1
        if alike and given is not None and given.name in _CONVERSIONS and _is_convolution(given.inner(0)):
            return f"{call.name} takes the result of a convolution in its old layout"
    return unconverted(module)


def _is_convolution(call: Seen | None) -> bool:
    return call is not None and call.name == "nn.conv2d"


def _is_of_one_rank(call: Seen) -> bool:
    """Whether all operands have one number of dimensions: of others, Relay follows the larger, Relax the smaller."""
    types = [tensor(arg) for arg in call.args]
    alike = len({type_.rank for type_ in types if type_ is not None}) == 1
    return bool(types) and (alike or len(types) != 2 or call.name in OF_TWO_RANKS)


def _is_turned_back(given: Seen | None) -> bool:
    """Whether a value is the result of a convolution, perhaps of other numbers, brought back to the old layout."""
    if given is None or given.name not in ("layout_transform", "transpose"):
        return False
    if list(given.attrs.get("axes", (0, 3, 1, 2))) != [0, 3, 1, 2]:
        return False
    source = given.inner(0)
    while source is not None and source.name in ("cast", "not_equal"):
        source = source.inner(0)
    return source is not None and source.name == "nn.conv2d" and _is_spread(source)


def _is_spread(call: Seen) -> bool:
    """Whether a convolution multiplies by one number for each channel: the one that followers are built behind."""
    return sum(size > 1 for size in sizes(call.args[1]) or ()) <= 1


def _is_mistaken(module: IRModule) -> bool:
    """Whether a product takes more than two dimensions: TVM 0.19 holds its layout for one of two, and fails."""
    found = (tensor(call.node) for call in operators(module) if call.name in ("nn.dense", "nn.matmul"))
    return any(type_ is not None and type_.rank > 2 for type_ in found)
