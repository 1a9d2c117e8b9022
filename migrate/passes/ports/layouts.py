"""ConvertLayout and AlterOpLayout on both sides: convolutions of images in NHWC, and in blocks of channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.passes.bridges import Transform, typed
from migrate.passes.ports.seen import operators, sizes, tensor
from migrate.reading import is_relax
from migrate.verify.generate.skeletons import layers
from migrate.verify.generate.skeletons.bridging import plain_convolution
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
        skeletons=(Skeleton(placed(plain_convolution)), Skeleton(layers.convolution)),
        takes=lambda module: not _is_mistaken(module),
    )
    yield PortedPass(
        "AlterOpLayout",
        _registered(typed(AlterOpLayout())),
        RelaxAlterOpLayout({"relax.nn.conv2d": _blocked_on_relax}),
        unconverted,
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
    """Names the first convolution that is still in NCHW; empty when there is none. Relax leaves those outside of
    dataflow blocks alone.
    """
    on_relax = is_relax(module)
    for call in operators(module):
        reached = isinstance(call.scope, relax.DataflowBlock) if on_relax else True
        if reached and call.name == "nn.conv2d" and call.attrs["data_layout"] == "NCHW":
            return "a convolution in NCHW is left"
    return ""


def _is_mistaken(module: IRModule) -> bool:
    """Whether a product takes more than two dimensions: TVM 0.19 holds its layout for one of two, and fails."""
    found = (tensor(call.node) for call in operators(module) if call.name in ("nn.dense", "nn.matmul"))
    return any(type_ is not None and type_.rank > 2 for type_ in found)
