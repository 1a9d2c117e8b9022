"""Which constructs of the language a program uses (relay.analysis.detect_feature in TVM 0.19)."""

from __future__ import annotations

import enum

from relay_compat.analysis.variables import free_vars
from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from tensor_core.module import IRModule
from tensor_core.node import Node

__all__ = ["Feature", "detect_feature"]


class Feature(enum.IntEnum):
    """A construct. ``fGraph``: a node that is no leaf has several users; ``fLetRec``: a let uses its own variable."""

    fVar = 0
    fGlobalVar = 1
    fConstant = 2
    fTuple = 3
    fTupleGetItem = 4
    fFunction = 5
    fOp = 6
    fCall = 7
    fLet = 8
    fIf = 9
    fRefCreate = 10
    fRefRead = 11
    fRefWrite = 12
    fConstructor = 13
    fMatch = 14
    fGraph = 15
    fLetRec = 16


_OF: dict[type, Feature] = {
    Var: Feature.fVar, GlobalVar: Feature.fGlobalVar, Constant: Feature.fConstant, Tuple: Feature.fTuple,
    TupleGetItem: Feature.fTupleGetItem, Function: Feature.fFunction, Op: Feature.fOp, Call: Feature.fCall,
    Let: Feature.fLet, If: Feature.fIf, RefCreate: Feature.fRefCreate, RefRead: Feature.fRefRead,
    RefWrite: Feature.fRefWrite, Constructor: Feature.fConstructor, Match: Feature.fMatch,
}  # fmt: skip

_ATOMS = (Var, GlobalVar, Op, Constructor, Constant)


def detect_feature(a: Expr | IRModule | None, b: Expr | IRModule | None = None) -> set[Feature]:
    """The constructs in an expression, the functions of a module, or both. Bodies of primitive functions are not
    looked into.
    """
    found: set[Feature] = set()
    for item in (a, b):
        for root in item.functions.values() if isinstance(item, IRModule) else (item,):
            if root is not None:
                _detect(root, found)
    return found


def _detect(root: Expr, found: set[Feature]) -> None:
    seen: set[Node] = set()
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if node in seen:
            if isinstance(node, Expr) and not isinstance(node, _ATOMS):
                found.add(Feature.fGraph)
            continue
        seen.add(node)
        feature = _OF.get(type(node))
        if feature is not None:
            found.add(feature)
        if isinstance(node, Function) and node.attrs.get("Primitive"):
            continue
        if isinstance(node, Let) and isinstance(node.value, Function) and node.var in free_vars(node.value):
            found.add(Feature.fLetRec)
        if isinstance(node, Expr):
            stack.extend(_parts(node))


def _parts(node: Expr) -> list[Node]:
    if isinstance(node, Match):
        return [node.data, *(clause.rhs for clause in node.clauses)]
    return list(node.iter_children())
