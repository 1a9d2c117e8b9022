"""Where each node of a Relay graph is evaluated: the basic-block scopes that Relax writes down and Relay leaves implicit.

A node used in several scopes belongs to the innermost scope that encloses all its uses (Relay's own rule when it goes to
basic-block normal form, ToBasicBlockNormalForm in TVM 0.19). Scopes are a function's body and the branches of each If.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import relay_compat.ir.expr as relay
from tensor_core.module import Expr, GlobalVar
from tensor_core.node import Node, post_order


@dataclass(eq=False, slots=True)
class Scope:
    """One region of straight-line evaluation; ``nodes`` in evaluation order, ``result`` its value."""

    result: Expr
    parent: Scope | None = None
    depth: int = 0
    nodes: list[Expr] = field(default_factory=list[Expr])


@dataclass(frozen=True, slots=True)
class Plan:
    """The scopes of one function body, and the two branch scopes of each If."""

    root: Scope
    branches: dict[relay.If, tuple[Scope, Scope]]


def plan(body: Expr) -> Plan:
    """Assign every node of ``body`` to its scope."""
    order: list[Node] = post_order([body], _children)
    root = Scope(body)
    branches: dict[relay.If, tuple[Scope, Scope]] = {}
    users: dict[Node, list[Scope]] = defaultdict(list)
    users[body].append(root)
    home: dict[Node, Scope] = {}
    for node in reversed(order):
        scope = home[node] = _meet(users.pop(node))
        if isinstance(node, relay.If):
            taken = Scope(node.true_branch, scope, scope.depth + 1), Scope(node.false_branch, scope, scope.depth + 1)
            branches[node] = taken
            users[node.cond].append(scope)
            users[node.true_branch].append(taken[0])
            users[node.false_branch].append(taken[1])
        else:
            for child in _children(node):
                users[child].append(scope)
    for node in order:
        assert isinstance(node, Expr)
        home[node].nodes.append(node)
    return Plan(root, branches)


def _children(node: Node) -> Iterator[Node]:
    # Inner functions are values of their own: what they use is evaluated when they are called.
    if isinstance(node, (relay.Function, relay.Op, GlobalVar)):
        return iter(())
    return node.iter_children()


def _meet(scopes: Iterable[Scope]) -> Scope:
    found: Scope | None = None
    for scope in scopes:
        found = scope if found is None else _common(found, scope)
    assert found is not None
    return found


def _common(a: Scope, b: Scope) -> Scope:
    while a is not b:
        if a.depth < b.depth:
            a, b = b, a
        assert a.parent is not None
        a = a.parent
    return a
