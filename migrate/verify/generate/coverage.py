"""What programs hold: operators, with their element types, whose result goes into which, and constructs.

How much of all there is a campaign has seen is read off the sum of these counts (:func:`reached`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import relay_compat.ir.expr as relay
from migrate.verify.generate.commonest import COMMONEST
from migrate.verify.generate.insertion import insertable
from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.types import FuncType
from relay_compat.visit import reachable
from tensor_core.module import IRModule
from tensor_core.shapes import is_static
from tensor_core.types import TensorType, leaves

OPS, TYPED, EDGES, CONSTRUCTS = "operators", "operators by element type", "edges", "constructs"
PAIRS = "pairs of the commonest"
ALL_CONSTRUCTS = (
    "Let", "If", "Tuple", "TupleGetItem", "Function", "Call of Function", "Call of GlobalVar", "Call of Var",
    "Call of Call", "Call of If", "Call of RefRead", "Call of Constructor", "Match", "RefCreate", "RefRead", "RefWrite",
    "function argument", "function result", "recursion", "polymorphic function", "open dimension", "rank 0",
    "no elements",
)  # fmt: skip
"""What the language has, by the class of the node or in words."""

Counts = Counter[tuple[str, str]]


def coverage(module: IRModule) -> Counts:
    """How often each thing occurs in a module with types, by kind and name."""
    found: Counts = Counter()
    for name, function in module.functions.items():
        if isinstance(function, relay.Function):
            nodes = list(reachable(function))
            bound = {node.var: node.value for node in nodes if isinstance(node, relay.Let)}
            for node in nodes:
                found.update(_held(node, bound))
            found[CONSTRUCTS, "recursion"] += sum(node is name for node in nodes)
    return +found


def reached(counts: Counts) -> Mapping[str, tuple[int, int]]:
    """By kind, how many different things there were, of how many: operators, pairs of the commonest, constructs."""
    common = frozenset(COMMONEST)
    edges = (name.split(" -> ") for kind, name in counts if kind == EDGES)
    return {
        OPS: (len(frozenset(insertable()) & {name for kind, name in counts if kind == OPS}), len(insertable())),
        PAIRS: (sum(first in common and second in common for first, second in edges), len(COMMONEST) ** 2),
        CONSTRUCTS: (sum((CONSTRUCTS, name) in counts for name in ALL_CONSTRUCTS), len(ALL_CONSTRUCTS)),
    }


def _held(node: Any, bound: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(node, relay.Call) and isinstance(node.op, relay.Op):
        name, tensors = _name(node), _tensors(node.checked_type)
        yield OPS, name
        yield TYPED, f"{name} {tensors[0].dtype if tensors else '-'}"
        yield from ((EDGES, f"{source} -> {name}") for arg in node.args for source in _sources(arg, bound))
        yield from ((CONSTRUCTS, what) for type_ in tensors for what in _kinds(type_))
    elif isinstance(node, relay.Call):
        yield CONSTRUCTS, f"Call of {type(node.op).__name__}"
        types = [getattr(arg, "checked", None) for arg in node.args]
        yield from ((CONSTRUCTS, "function argument") for type_ in types if isinstance(type_, FuncType))
    elif isinstance(node, (relay.Function, relay.RelayExpr, Match, Constructor)):
        yield CONSTRUCTS, type(node).__name__
        if isinstance(node, relay.Function):
            yield from ((CONSTRUCTS, "polymorphic function") for _ in node.type_params[:1])
            yield from ((CONSTRUCTS, "function result") for _ in range(isinstance(node.ret_type, FuncType)))


def _kinds(type_: TensorType) -> Iterator[str]:
    if not is_static(type_.shape):
        yield "open dimension"
    if not type_.rank:
        yield "rank 0"
    if any(isinstance(dim, int) and dim == 0 for dim in type_.shape):
        yield "no elements"


def _sources(arg: Any, bound: Mapping[Any, Any]) -> list[str]:
    """The operators whose results an operand is made of, through tuples, projections and lets."""
    found: list[str] = []
    stack = [arg]
    seen: set[Any] = set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, relay.Call) and isinstance(node.op, relay.Op):
            found.append(_name(node))
        elif isinstance(node, relay.Tuple):
            stack += node.fields
        elif isinstance(node, relay.TupleGetItem):
            stack.append(node.tuple_value)
        elif isinstance(node, relay.Let):
            stack.append(node.body)
        elif isinstance(node, relay.If):
            stack += (node.true_branch, node.false_branch)
        elif node in bound:
            stack.append(bound[node])
    return found


def _name(call: relay.Call) -> str:
    assert isinstance(call.op, relay.Op)
    return call.op.card.name if call.op.card else call.op.name


def _tensors(type_: Any) -> list[TensorType]:
    return [leaf for leaf in leaves(type_) if isinstance(leaf, TensorType)]
