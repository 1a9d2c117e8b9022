"""FuseOps on both sides: every operator is in a group, and the groups of Relay and of Relax hold the same operators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.passes.ports.seen import Seen, function_attrs, is_constant, nodes, operators, sizes
from tensor_core.module import IRModule

Groups = Counter[tuple[str, ...]]

_KERNELS = {
    "add": "add", "concatenate": "concatenate", "exp": "exp", "negative": "negative", "nn.dense": "matmul",
    "nn.max_pool2d": "nn_max_pool2d",
    "nn.relu": "nn_relu", "subtract": "subtract", "sum": "sum", "tanh": "tanh", "reverse": "reverse",
}  # fmt: skip
"""Operators that programs are built around, and their kernels on Relax: both sides have the same pattern for them."""


def unfused(module: IRModule) -> str:
    """Whether an operator of Relay is in no group, or something is in one that must not be: a constant of several
    elements, a product with what spreads it; whether an operator of Relax is no kernel.
    """
    for function in module.functions.values():
        if isinstance(function, relay.Function):
            inside = {node for item in nodes(function) if _is_group(item) for node in nodes(item)}
            for node in nodes(function):
                if isinstance(node, relay.Call) and isinstance(node.op, relay.Op) and node not in inside:
                    return f"{node.op.name} is not in a group"
                if is_constant(node) and node.data.ndim and node in inside:  # pyright: ignore[reportAttributeAccessIssue]
                    return "a constant of several elements is in a group"
                if node in inside and _is_spread_product(node):
                    return "a product is in a group with what spreads it"
        elif isinstance(function, relax.Function):
            left = [call.name for call in operators(module) if call.name in _KERNELS]
            if left:
                return f"{left[0]} is no kernel"
    return ""


def grouped_otherwise(old: IRModule, new: IRModule) -> str:
    """How the groups on Relax differ from those on Relay, where all operators have the same pattern on both sides: for
    Relax, a sum with what has its shape already is one on single elements, whatever the other operand is.
    """
    calls = list(operators(old))
    if not {call.name for call in calls} <= set(_KERNELS) or any(map(_is_spread, calls)):
        return ""
    expected, found = Counter(_on_relay(old)), Counter(_on_relax(new))
    return "" if expected == found else f"groups {sorted(expected.elements())} became {sorted(found.elements())}"


def _is_spread(call: Seen) -> bool:
    return call.name in ("add", "subtract") and sizes(call.args[0]) != sizes(call.node)


def _is_spread_product(node: Any) -> bool:
    """Whether a node is a sum of a product and of something larger."""
    if not isinstance(node, relay.Call) or len(node.args) != 2:
        return False
    first = node.args[0]
    product = isinstance(first, relay.Call) and getattr(first.op, "name", "") == "nn.dense"
    return product and sizes(first) != sizes(node)


def _on_relay(module: IRModule) -> Iterator[tuple[str, ...]]:
    for function in module.functions.values():
        for node in nodes(function):
            if _is_group(node):
                calls = [part for part in nodes(node) if isinstance(part, relay.Call)]
                yield tuple(sorted(_KERNELS[call.op.name] for call in calls if isinstance(call.op, relay.Op)))


def _on_relax(module: IRModule) -> Iterator[tuple[str, ...]]:
    """A kernel that is called by itself is a group, too."""
    for function in module.functions.values():
        if isinstance(function, relax.Function):
            names = [name for node in nodes(function) if (name := _kernel(node)) in _KERNELS.values()]
            yield from [tuple(sorted(names))] if _is_group(function) else [(name,) for name in names]


def _is_group(node: Any) -> bool:
    return bool(function_attrs(node).get("Primitive"))


def _kernel(value: Any) -> str:
    """The name of a called kernel without what makes it unique; "" for anything else."""
    called = isinstance(value, relax.Call) and isinstance(value.op, relax.Op) and value.op.name == "relax.call_tir"
    return str(value.args[0].name).removeprefix("tir_").rstrip("0123456789") if called else ""
