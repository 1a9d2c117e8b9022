"""What a program holds, counted: operators by element type, which operator's result goes into which, constructs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import relay_compat.ir.expr as relay
from relay_compat.visit import reachable
from tensor_core.module import IRModule
from tensor_core.types import TensorType, leaves

OPS, EDGES, CONSTRUCTS = "operators", "edges", "constructs"


def coverage(module: IRModule) -> Counter[tuple[str, str]]:
    """How often each thing occurs, by kind and name."""
    found: Counter[tuple[str, str]] = Counter()
    for function in module.functions.values():
        for node in reachable(function):
            if not isinstance(node, relay.Call):
                found[(CONSTRUCTS, type(node).__name__)] += 1
            elif isinstance(node.op, relay.Op):
                found[(OPS, f"{node.op.name} {_dtype(node)}")] += 1
                found.update((EDGES, f"{name} -> {node.op.name}") for name in _operands(node))
            else:
                found[(CONSTRUCTS, f"Call of {type(node.op).__name__}")] += 1
    return found


def _operands(call: relay.Call) -> list[str]:
    return [arg.op.name for arg in call.args if isinstance(arg, relay.Call) and isinstance(arg.op, relay.Op)]


def _dtype(call: Any) -> str:
    return next((leaf.dtype for leaf in leaves(call.checked_type) if isinstance(leaf, TensorType)), "-")
