"""A node becomes something of the same type below it, or a parameter of its type."""

from __future__ import annotations

from collections.abc import Iterator

from migrate.verify.generate.program import Program
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relay.program import main_of, nodes_of
from migrate.verify.reduce.relay.replacing import Replacement, replaced
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    Let,
    Op,
    RefWrite,
    RelayExpr,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.ir.types import Type
from tensor_core.node import Node

_DEPTH = 3


def _subterms(program: Program) -> list[Replacement]:
    return [
        Replacement(node, below)
        for node in reversed(nodes_of(program))
        if isinstance(node, RelayExpr) and node.checked is not None and not isinstance(node, (Var, Constant, Function))
        for below in _below(node)
        if isinstance(below, RelayExpr) and below.checked == node.checked
    ]


def _below(root: Node) -> Iterator[Node]:
    """What stands at most three levels below a node, and in no function below it."""
    level = [root]
    for _ in range(_DEPTH):
        level = [child for node in level if not isinstance(node, (Function, Op)) for child in node.iter_children()]
        yield from level


def _sequences(program: Program) -> list[Replacement]:
    """Of what has effects below it, only that is kept, and then something of its type."""
    found: list[Replacement] = []
    for node in reversed(nodes_of(program)):
        if not isinstance(node, (Call, Tuple, TupleGetItem)) or node.checked is None:
            continue
        below = [item for item in _below(node) if isinstance(item, RelayExpr)]
        writes = [item for item in below if isinstance(item, RefWrite)]
        for write in dict.fromkeys(writes):
            results = dict.fromkeys(item for item in below if item.checked == node.checked and item is not write)
            for result in [*results][:4]:
                found.append(Replacement(node, Let(Var("u", write.checked), write, result)))
    return found


def _known(program: Program) -> list[Replacement]:
    """A parameter of main, or a constant, becomes an earlier parameter of its type."""
    first: dict[Type, Var] = {}
    found: list[Replacement] = []
    for param in main_of(program).params:
        if param.checked is not None and param.checked in first:
            found.append(Replacement(param, first[param.checked]))
        elif param.checked is not None:
            first[param.checked] = param
    for node in nodes_of(program):
        if isinstance(node, Constant) and node.checked in first:
            found.append(Replacement(node, first[node.checked]))
    return found


def _other(program: Program) -> list[Replacement]:
    """What is computed becomes a parameter that is there."""
    params: dict[Type, list[Expr]] = {}
    for param in main_of(program).params:
        if param.checked is not None:
            params.setdefault(param.checked, []).append(param)
    return [
        Replacement(node, param)
        for node in reversed(nodes_of(program))
        if isinstance(node, RelayExpr) and node.checked is not None and not isinstance(node, (Var, Function))
        for param in params.get(node.checked, ())[:2]
    ]


SUBTERMS = Kind("subterms", _subterms, replaced)
SEQUENCES = Kind("effects in sequence", _sequences, replaced)
MERGED = Kind("parameters merged", _known, replaced)
KNOWN = Kind("values to known parameters", _other, replaced)
KINDS = (SUBTERMS, SEQUENCES, KNOWN, MERGED)
