"""AlterOpLayout on both sides: convolutions of images in blocks of channels, others with channels last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.passes.bridges import Transform, typed
from migrate.passes.ports.layouts import is_mistaken
from migrate.passes.ports.seen import Seen, operators, sizes
from migrate.reading import is_relax
from migrate.verify.generate.skeletons import layers
from migrate.verify.generate.skeletons.laid_out import taking_convolution
from migrate.verify.generate.skeletons.placed import placed
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.alter_op_layout import AlterOpLayout as RelaxAlterOpLayout
from relay_compat.layouts.table import RULES
from relay_compat.op.call import call
from relay_compat.op_attributes import TempOpAttr
from relay_compat.passes.alter_op_layout import AlterOpLayout
from tensor_core.attrs import Attrs
from tensor_core.module import IRModule
from tensor_core.ops.layout import LETTERS
from tensor_core.ops.registry import registry
from tensor_core.passes import PassContext


def ports() -> Iterator[PortedPass]:
    """The pass."""
    yield PortedPass(
        "AlterOpLayout",
        _registered(typed(AlterOpLayout())),
        RelaxAlterOpLayout({f"relax.{name}": _relax_hook(name) for name in _PLAIN}),
        unaltered,
        skeletons=(
            Skeleton(placed(layers.even_convolution), weight=20),
            *(Skeleton(taking_convolution(name)) for name in _HOOKED if not registry().by_relay[name].refused),
        ),
        takes=lambda module: not is_mistaken(module),
    )


_HOOKED = tuple(RULES)
"""Every operator with a rule for layouts on Relay."""


def _registered(transform: Transform) -> Transform:
    """A Relay pass that finds plain convolutions altered, and of every other operator a hook that declines: what has a
    hook and no rule takes its operands in whatever layout they come.
    """

    def run(module: IRModule) -> IRModule:
        with ExitStack() as stack:
            for name in _HOOKED:
                stack.enter_context(TempOpAttr(name, "FTVMAlterOpLayout", _hook(name)))
            stack.enter_context(PassContext(opt_level=3))
            return transform(module)

    return run


def _hook(name: str) -> Any:
    def alter(attrs: Any, inputs: Any, types: Any, result: Any) -> relay.Expr | None:
        del result
        wanted = _altered(name, attrs, types[1].shape) if name in _PLAIN else None
        return None if wanted is None else call(name, *inputs, **{**attrs, **wanted})

    return alter


def _relax_hook(name: str) -> Any:
    def alter(attrs: Any, args: Any, types: Any, result: Any) -> relax.Expr | None:
        del result
        wanted = _altered(name, attrs, types[1].dims)
        if wanted is None:
            return None
        return relax.Call(relax.op(f"relax.{name}"), tuple(args), Attrs(attrs.type_key, {**attrs, **wanted}))

    return alter


_PLAIN = {f"nn.conv{count}d": letters for count, letters in LETTERS.items()}


def _altered(name: str, attrs: Any, kernel: Any) -> dict[str, str] | None:
    """The layouts that a convolution is altered to: images in blocks of two channels, where these fill them, others
    with channels last; None of one that has other layouts already, or groups of channels.
    """
    if not _is_plain(name, attrs):
        return None
    letters = _PLAIN[name]
    if name != "nn.conv2d":
        return {"data_layout": f"N{letters}C", "kernel_layout": f"O{letters}I", "out_layout": f"N{letters}C"}
    outputs, inputs = (2 - dim % 2 for dim in kernel[:2])
    return {
        "data_layout": f"NCHW{inputs}c", "kernel_layout": f"OIHW{inputs}i{outputs}o", "out_layout": f"NCHW{outputs}c",
    }  # fmt: skip


def _is_plain(name: str, attrs: Any) -> bool:
    letters = _PLAIN.get(name, "")
    given = [attrs[key] for key in ("data_layout", "kernel_layout", "groups")] if letters else []
    return given == [f"NC{letters}", f"OI{letters}", 1] and attrs["out_layout"] in ("", f"NC{letters}")


_CONVERSIONS = ("layout_transform", "map_layout")


def unaltered(module: IRModule) -> str:
    """Names the first convolution that could be altered and is not, or what works on single elements and does not take
    the result of one as it comes; empty when there is none. Relax leaves those outside of dataflow blocks alone.
    """
    on_relax = is_relax(module)
    for seen in operators(module):
        reached = isinstance(seen.scope, relax.DataflowBlock) if on_relax else True
        if reached and seen.name in _PLAIN and _is_plain(seen.name, seen.attrs):
            return f"{seen.name} is not altered"
        given = seen.inner(0) if seen.name in ("nn.relu", "add", "multiply") else None
        alike = len({sizes(arg) for arg in seen.args}) == 1
        if alike and given is not None and given.name in _CONVERSIONS and _is_convolution(given.inner(0)):
            return f"{seen.name} takes the result of a convolution in its old layout"
    return ""


def _is_convolution(call: Seen | None) -> bool:
    return call is not None and call.name == "nn.conv2d"
