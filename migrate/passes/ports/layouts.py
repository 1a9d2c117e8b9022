"""ConvertLayout on both sides: convolutions of images in NHWC."""

from __future__ import annotations

from collections.abc import Iterator

import relax_core.ir.expr as relax
from migrate.passes.bridges import typed
from migrate.passes.ports.seen import operators, tensor
from migrate.reading import is_relax
from migrate.verify.generate.skeletons import layers
from migrate.verify.generate.skeletons.bridging import plain_convolution
from migrate.verify.generate.skeletons.placed import placed
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.convert_layout import ConvertLayout as RelaxConvertLayout
from relay_compat.passes.convert_layout import ConvertLayout
from tensor_core.module import IRModule


def ports() -> Iterator[PortedPass]:
    """The pass."""
    yield PortedPass(
        "ConvertLayout",
        typed(ConvertLayout({"nn.conv2d": ["NHWC", "default"]})),
        RelaxConvertLayout({"relax.nn.conv2d": ["NHWC", "OHWI"]}),
        unconverted,
        skeletons=(Skeleton(placed(plain_convolution)), Skeleton(layers.convolution)),
        takes=lambda module: not _is_mistaken(module),
    )


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
