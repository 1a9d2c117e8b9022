"""Matching a graph of patterns in a block (dataflow_block_rewriter.cc in TVM 0.19 to 0.27).

Every pattern of a context gets a variable of its own, such that the edges between patterns are uses between variables
and all further constraints hold. Candidates are tried in the order in which variables are first used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from relax_core.dpl.context import Edge, PatternContext
from relax_core.dpl.matcher import Matcher
from relax_core.dpl.patterns import DFPattern
from relax_core.ir.expr import Binding, Expr, Function, SeqExpr, Var, VarBinding
from relax_core.visit import scopes, variables
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.trampoline import Steps, run

Matches = dict[DFPattern, Var]


def match_block(
    context: PatternContext, bindings: Sequence[Binding], values: Mapping[Var, Expr] | None = None
) -> Matches | None:
    """One variable for each pattern of the context; None when some constraint cannot be met."""
    return GraphMatcher(context).match(bindings, values)


class _Uses:
    """Which variables a block uses, in order of first use, and who uses them."""

    def __init__(self, bindings: Iterable[Binding]) -> None:
        self.users: dict[Var, dict[Var, None]] = {}
        self.arguments: dict[Var, list[Var]] = {}
        for binding in bindings:
            if not isinstance(binding, VarBinding):
                continue
            mentioned = self.arguments.setdefault(binding.var, [])
            for var in mentions(binding.value):
                self.users.setdefault(var, {})[binding.var] = None
                mentioned.append(var)


def mentions(value: Expr) -> Iterator[Var]:
    """The variables a right-hand side mentions, nested bodies included."""
    stack: list[Expr] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Function):
            item = item.body
        if isinstance(item, SeqExpr):
            yield from variables(item.body)
            for block in item.blocks:
                for binding in block.bindings:
                    stack.append(binding.value)
            continue
        yield from variables(item)
        stack.extend(scopes(item))


class GraphMatcher:
    """Matches the patterns of one context."""

    def __init__(self, context: PatternContext) -> None:
        self._edges = context.edges
        self._constraints = context.constraints
        consumers = {user for users in self._edges.values() for user in users}
        self._roots = [pattern for pattern in self._edges if pattern not in consumers]
        for constraint in self._constraints:
            for pattern in getattr(constraint, "args", ()):
                if pattern not in self._edges:
                    message = f"a constraint is about {pattern}, which does not appear in the context"
                    raise fail(codes.ILL_FORMED, message)
        self._uses = _Uses(())
        self._matcher = Matcher({})

    def match(self, bindings: Sequence[Binding], values: Mapping[Var, Expr] | None = None) -> Matches | None:
        """Match in one block; ``values`` defaults to what its bindings bind."""
        if not self._roots:
            return None
        self._uses = _Uses(bindings)
        if values is None:
            values = {binding.var: binding.value for binding in bindings}
        self._matcher = Matcher(values)
        return run(self._trees({}, frozenset()))

    def _trees(self, matched: Matches, validated: frozenset[int]) -> Steps[Matches | None]:
        """Match the first root that is not matched yet, then the others."""
        root = next((pattern for pattern in self._roots if pattern not in matched), None)
        if root is None:
            return matched
        taken = set(matched.values())
        for var in self._uses.users:
            if var in taken:
                continue
            tree = yield self._tree(root, var, matched)
            if tree is None:
                continue
            extended = {**matched, **{pattern: found for pattern, found in tree.items() if pattern not in matched}}
            passed = self._validate(extended, validated)
            if passed is None:
                continue
            result = yield self._trees(extended, passed)
            if result is not None:
                return result
        return None

    def _tree(self, pattern: DFPattern, var: Var, outer: Matches) -> Steps[Matches | None]:
        """Match a pattern with a variable, and the patterns that use it with the variable's users."""
        if self._matcher.match(pattern, var) is None:
            return None
        matched: Matches = {pattern: var}
        taken = {var}
        users = self._uses.users.get(var, {})
        for consumer, edges in self._edges[pattern].items():
            # As in TVM, a consumer that was reached through another one first does not count as reached from here.
            reached = False
            for user in users:
                if user in taken or consumer in matched or outer.get(consumer, user) is not user:
                    continue
                if not all(self._is_edge(edge, var, user, len(users)) for edge in edges):
                    continue
                reached = True
                tree = yield self._tree(consumer, user, outer)
                if tree is not None:
                    for key, found in tree.items():
                        if key not in matched and found not in taken:
                            matched[key] = found
                            taken.add(found)
            if consumer not in matched or not reached:
                return None
        return matched

    def _is_edge(self, edge: Edge, var: Var, user: Var, count: int) -> bool:
        if edge.only and count != 1:
            return False
        if edge.index == -1:
            return True
        arguments = self._uses.arguments.get(user, [])
        return edge.index < len(arguments) and arguments[edge.index] is var

    def _validate(self, matched: Matches, validated: frozenset[int]) -> frozenset[int] | None:
        """The constraints that hold by now; None when one can hold no more."""
        passed = set(validated)
        for place, constraint in enumerate(self._constraints):
            if place not in passed:
                holds = constraint.holds(matched.get)
                if holds is False:
                    return None
                if holds:
                    passed.add(place)
        return frozenset(passed)
