"""Who cannot stay when some functions of a module are left out: those that name them, and those that name these."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tensor_core.module import BaseFunc, GlobalVar
from tensor_core.node import Node, post_order


def callers(functions: Mapping[GlobalVar, BaseFunc], left_out: Collection[GlobalVar]) -> dict[GlobalVar, GlobalVar]:
    """The other functions, of either IR, that name one that is left out, or one of these; with the one each names."""
    if not left_out:
        return {}
    users: dict[Node, list[GlobalVar]] = {}
    for var, function in functions.items():
        for node in post_order((function,), Node.iter_children):
            if isinstance(node, GlobalVar):
                users.setdefault(node, []).append(var)
    found: dict[GlobalVar, GlobalVar] = {}
    pending = list(left_out)
    while pending:
        callee = pending.pop()
        for user in users.get(callee, []):
            if user not in found and user not in left_out:
                found[user] = callee
                pending.append(user)
    return found
