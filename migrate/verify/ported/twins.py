"""Operators that a pattern of the original tells apart, or finds at all, and one of the port cannot.

Relax says all products alike: a pattern of the port takes them all, a pattern of the original only its own. And what
the target has no operator for is written out in converted programs: no pattern finds it there, which ``port`` tells of
each. A program with one of these tells nothing of the port.
"""

from __future__ import annotations

from collections.abc import Collection

from migrate.codemods.op_names import op_name
from migrate.codemods.target import target_named
from relay_compat.ir.expr import Call, Function, Op
from relay_compat.visit import reachable
from tensor_core.module import IRModule

_PRODUCTS = frozenset({"nn.dense", "nn.matmul", "nn.batch_matmul"})
"""All of them are relax.matmul, of operands that are transposed or not."""


def stranger(module: IRModule, named: Collection[str], target: str) -> str:
    """Why a Relay module tells nothing of patterns that name these operators, ported for a target; "" where it does."""
    if not named:
        return ""
    functions = [each for each in module.functions.values() if isinstance(each, Function)]
    called = {node.op.name for node in reachable(*functions) if isinstance(node, Call) and isinstance(node.op, Op)}
    gone = [name for name in sorted(called & set(named)) if _is_gone(name, target)]
    if gone:
        return f"TVM {target} has no operator for {gone[0]}, which the patterns name"
    alike = sorted(called & _PRODUCTS - set(named)) if not _PRODUCTS.isdisjoint(named) else []
    return f"TVM {target} says {alike[0]} as an operator that the patterns name" if alike else ""


def _is_gone(name: str, target: str) -> bool:
    said = op_name(name, target_named(target))
    return said is not None and not said.name
