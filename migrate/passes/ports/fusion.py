"""FuseOps on both sides: every operator is in a group, and the groups of Relay and of Relax hold the same operators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.passes.ports.groups import is_group, misgrouped
from migrate.passes.ports.seen import Seen, is_constant, nodes, operators, sizes
from tensor_core.module import IRModule

Groups = Counter[tuple[str, ...]]

_KERNELS = {
    "add": "add", "concatenate": "concatenate", "exp": "exp", "negative": "negative", "nn.dense": "matmul",
    "nn.max_pool2d": "nn_max_pool2d",
    "nn.relu": "nn_relu", "subtract": "subtract", "sum": "sum", "tanh": "tanh", "reverse": "reverse",
}  # fmt: skip
"""Operators that programs are built around, and their kernels on Relax: both sides have the same pattern for them."""


def shows_groups(module: IRModule) -> bool:
    """Whether the groups of a program can be told afterwards: no mark is in it that ends one and is gone then."""
    return all(call.name != "annotation.stop_fusion" for call in operators(module))


def unfused(module: IRModule) -> str:
    """Whether an operator of Relay is in no group, or something is in one that must not be, or is not with what it must
    be with; whether an operator of Relax is no kernel.
    """
    for function in module.functions.values():
        if isinstance(function, relay.Function):
            inside = {node for item in nodes(function) if is_group(item) for node in nodes(item)}
            for node in nodes(function):
                if _computes(node) and node not in inside:
                    return f"{node.op.name} is not in a group"  # pyright: ignore[reportAttributeAccessIssue]
                if is_constant(node) and node.data.ndim and node in inside:  # pyright: ignore[reportAttributeAccessIssue]
                    return "a constant of several elements is in a group"
            if wrong := misgrouped(function):
                return wrong
        elif isinstance(function, relax.Function):
            left = [call.name for call in operators(module) if call.name in _KERNELS]
            if left:
                return f"{left[0]} is no kernel"
    return ""


def _computes(node: Any) -> bool:
    """Whether a node is a call of an operator of Relay that is to be in a kernel."""
    is_call = isinstance(node, relay.Call) and isinstance(node.op, relay.Op)
    return is_call and not node.op.get_attr("TNonComputational")


def grouped_otherwise(old: IRModule, new: IRModule) -> str:
    """How the groups on Relax differ from those on Relay, where all operators have the same pattern on both sides, and
    no field is taken of a tuple, which conversion sees through.
    """
    calls = list(operators(old))
    if any(isinstance(node, relay.TupleGetItem) for function in old.functions.values() for node in nodes(function)):
        return ""
    if not {call.name for call in calls} <= set(_KERNELS) or any(map(_is_another, calls)):
        return ""
    expected, found = Counter(_on_relay(old)), Counter(_on_relax(new))
    return "" if expected == found else f"groups {sorted(expected.elements())} became {sorted(found.elements())}"


def _is_another(call: Seen) -> bool:
    """Whether Relax sees another pattern in a call: a sum with what has its shape already is one on single elements,
    whatever the other operand is, and so is what sums up nothing or joins a tensor to empty ones; a vector's product
    with a matrix is a reduction.
    """
    first: Any = call.args[0]
    as_before = [sizes(item) == sizes(call.node) for item in getattr(first, "fields", (first,))]
    if call.name == "nn.dense":
        return len(sizes(first) or ()) != 2
    return not all(as_before) if call.name in ("add", "subtract") else any(as_before) and call.name in _SHORTER


_SHORTER = ("concatenate", "sum")
"""Operators whose results have another shape than their operands, mostly."""


def _on_relay(module: IRModule) -> Iterator[tuple[str, ...]]:
    for function in module.functions.values():
        for node in nodes(function):
            if is_group(node):
                calls = [part for part in nodes(node) if isinstance(part, relay.Call)]
                yield tuple(sorted(_KERNELS[call.op.name] for call in calls if isinstance(call.op, relay.Op)))


def _on_relax(module: IRModule) -> Iterator[tuple[str, ...]]:
    """A kernel that is called by itself is a group, too."""
    for function in module.functions.values():
        if isinstance(function, relax.Function):
            names = [name for node in nodes(function) if (name := _kernel(node)) in _KERNELS.values()]
            yield from [tuple(sorted(names))] if is_group(function) else [(name,) for name in names]


def _kernel(value: Any) -> str:
    """The name of a called kernel without what makes it unique; "" for anything else."""
    called = isinstance(value, relax.Call) and isinstance(value.op, relax.Op) and value.op.name == "relax.call_tir"
    return str(value.args[0].name).removeprefix("tir_").rstrip("0123456789") if called else ""
