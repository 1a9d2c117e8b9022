"""The matches of a pattern in an expression, such that no two overlap (PatternGrouper of dataflow_matcher.cc, 0.19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from relay_compat.dataflow_pattern.graph import IndexedGraph
from relay_compat.dataflow_pattern.matcher import Matcher
from relay_compat.dataflow_pattern.patterns import (
    AltPattern,
    CallPattern,
    ConstantPattern,
    DFPattern,
    DominatorPattern,
    ExprPattern,
    FunctionPattern,
    TuplePattern,
    operands_of,
    parts_of,
)
from relay_compat.ir.adt import Match, Pattern
from relay_compat.ir.expr import Call, Constant, Expr, Function, If, Let, Op, Tuple, TupleGetItem, Var
from relay_compat.visit import Rewriter, reachable
from tensor_core.node import Node

PARTITIONED = "PartitionedFromPattern"
"""The attribute of functions that a partition made; what is in them is not matched again."""


@dataclass(frozen=True, slots=True)
class Group:
    """One match: its root, what each pattern matched, the match as a function of its inputs, and its name."""

    root: Expr
    matched: Mapping[DFPattern, list[Expr]]
    function: Function
    args: tuple[Expr, ...]
    name: str


class Groups:
    """All matches, larger ones before those that they contain. ``by_root`` has them by the expression they replace."""

    def __init__(self, pattern: DFPattern, root: Expr) -> None:
        self._pattern = pattern
        self._parts = parts_of(pattern)
        self._matcher = Matcher(IndexedGraph(root))
        self._member: dict[Node, int] = {}
        self._tried = 0
        found: dict[int, Group] = {}
        partitioned: set[Node] = set()
        for node in reversed(self._matcher.graph.nodes):
            if node in self._member:
                continue
            if isinstance(node, Function) and PARTITIONED in node.attrs and node not in partitioned:
                partitioned.update((node, *reachable(node.body)))
            if node not in partitioned and self._matcher.match(pattern, node):
                group = self._group(node)
                if group is not None:
                    number = len(found) + 1
                    found[number] = group[0]
                    self._member.update(dict.fromkeys(group[1], number))
        self.by_root = {
            group.root: group for number, group in found.items() if self._member.get(group.root) == number
        }  # fmt: skip

    def _group(self, root: Expr) -> tuple[Group, dict[Node, Node]] | None:
        """The group of the match just found, with what it contains; None when it cannot be taken out."""
        matched = {pattern: list(exprs) for pattern, exprs in self._matcher.memo.items()}
        inputs = self._inputs(matched)
        self._tried += 1
        extractor = _Extractor(inputs)
        body = extractor.rewrite(root)
        inside = {old: new for old, new in extractor.done.items() if old not in inputs}
        if not self._separable(root, body, inside):
            return None
        function = Function(tuple(inputs.values()), body)
        return Group(root, matched, function, tuple(inputs), extractor.name), inside

    # ------------------------------------------------------------ inputs

    def _inputs(self, matched: Mapping[DFPattern, list[Expr]]) -> dict[Expr, Var]:
        """What the match is computed from, with the parameters that stand for it."""
        fuzzy = self._fuzzy(matched)
        inputs: dict[Expr, Var] = {}
        for pattern in self._parts:
            for expr in _sources(pattern, matched.get(pattern, [])):
                if expr in fuzzy or isinstance(expr, (Op, Function)) or expr in inputs:
                    continue
                if not self._embedded(expr, pattern):
                    inputs[expr] = Var(f"FunctionVar_{self._tried}_{len(inputs)}")
        return inputs

    def _fuzzy(self, matched: Mapping[DFPattern, list[Expr]]) -> set[Node]:
        """What lies on the ways of dominators and in matched functions: never an input."""
        fuzzy: set[Node] = set()
        for pattern in self._parts:
            if isinstance(pattern, DominatorPattern):
                fuzzy.update(matched.get(pattern.parent, ()))
                fuzzy.update(matched.get(pattern.path, ()))
            elif isinstance(pattern, FunctionPattern):
                for function in matched.get(pattern, ()):
                    assert isinstance(function, Function)
                    fuzzy.update(IndexedGraph(function.body).nodes)
        return fuzzy

    def _embedded(self, expr: Expr, pattern: DFPattern) -> bool:
        """Whether a constant stays in the function: where the pattern asks for a constant."""
        if not isinstance(expr, Constant):
            return False
        while isinstance(pattern, AltPattern):
            pattern = pattern.left if self._matcher.match(pattern.left, expr) else pattern.right
        return isinstance(pattern, ConstantPattern) or (
            isinstance(pattern, ExprPattern) and isinstance(pattern.expr, Constant)
        )

    # ------------------------------------------------------------ limits

    def _separable(self, root: Expr, body: Expr, inside: Mapping[Node, Node]) -> bool:
        """Whether nothing inside is in another match, and what uses it from outside comes back to the root."""
        graph = self._matcher.graph
        top = graph.index[root]
        for old, new in inside.items():
            if not isinstance(old, Expr) or isinstance(old, (Op, Function, Constant)):
                continue
            if old in self._member:
                return False
            if new is body:
                continue
            for user in graph.outputs[graph.index[old]]:
                if graph.nodes[user] not in inside and not graph.dominates(top, user):
                    return False
        return True


def _sources(pattern: DFPattern, exprs: list[Expr]) -> Iterator[Expr]:
    """The inputs among what a pattern matched: what leaves match, and all operands where any would do."""
    if isinstance(pattern, TuplePattern) and pattern.fields is None:
        for expr in exprs:
            assert isinstance(expr, Tuple)
            yield from expr.fields
    elif isinstance(pattern, CallPattern) and pattern.args is None:
        for expr in exprs:
            assert isinstance(expr, Call)
            yield from expr.args
    elif not operands_of(pattern):
        yield from exprs


class _Extractor(Rewriter):
    """Puts parameters in the place of inputs, and names what it went through."""

    def __init__(self, inputs: Mapping[Expr, Var]) -> None:
        super().__init__()
        self.name = ""
        self.done.update(inputs.items())

    def order(self, node: Node) -> Iterator[Node]:
        """The variable of a let before its value, as TVM's mutators do; patterns of a match are left alone."""
        return iter(()) if isinstance(node, Pattern) else node.iter_children()

    def leave(self, old: Node, new: Node) -> Node:
        """Note the name."""
        self.name += _name(old)
        return new


def _name(node: Node) -> str:
    match node:
        case Call():
            return f"{node.op.name}_" if isinstance(node.op, Op) else "Call_"
        case TupleGetItem():
            return f"TupleGetItem{node.index}_"
        case Function():
            return "Function"
        case Tuple():
            return "Tuple_"
        case Let():
            return "Let_"
        case If():
            return "If_"
        case Match():
            return "Match_"
        case _:
            return ""
