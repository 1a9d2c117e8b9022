"""What the names in a source file stand for, followed through its imports and aliases of imports.

Only imports are followed, never assignments: what a variable holds is known at run time alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import (
    CodeRange,
    ImportAssignment,
    MetadataWrapper,
    PositionProvider,
    QualifiedNameSource,
    Scope,
    ScopeProvider,
)

from tensor_core.spans import Span


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a name that comes from an import is used. ``call``: the call of it, None if it is a value there.

    ``meanings``: all the dotted names it may stand for; more than one where imports depend on a condition, or where the
    name is also assigned to. ``scope`` is where it is used.
    """

    node: cst.Name | cst.Attribute
    call: cst.Call | None
    meanings: frozenset[str]
    scope: Scope


class SourceFile:
    """A parsed file: its tree and the uses of imported names, collected in one walk for all rules."""

    def __init__(self, module: cst.Module, name: str) -> None:
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        scopes = wrapper.resolve(ScopeProvider)
        collector = _Collector(scopes)
        wrapper.module.visit(collector)
        self.name = name
        self.module = wrapper.module
        self.uses: Mapping[str, Sequence[Use]] = collector.uses
        """By dotted name, in the order of the text."""
        self.stars: Sequence[cst.ImportFrom] = collector.stars
        """The imports of everything that a module holds."""
        self.undefined: Mapping[str, Sequence[cst.Name]] = collector.undefined
        """Names that nothing in the file defines: they may come from a star."""
        self.lines: Mapping[cst.CSTNode, cst.SimpleStatementLine] = collector.lines
        """The statement line of each import."""
        self._positions: Mapping[cst.CSTNode, CodeRange] = wrapper.resolve(PositionProvider)

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node of the tree stands in the file."""
        start, end = self._positions[node].start, self._positions[node].end
        return Span(self.name, start.line, start.column + 1, end.line, end.column + 1)


class _Collector(cst.CSTVisitor):
    def __init__(self, scopes: Mapping[cst.CSTNode, Scope | None]) -> None:
        super().__init__()
        self.uses: defaultdict[str, list[Use]] = defaultdict(list)
        self.undefined: defaultdict[str, list[cst.Name]] = defaultdict(list)
        self.stars: list[cst.ImportFrom] = []
        self.lines: dict[cst.CSTNode, cst.SimpleStatementLine] = {}
        self._scopes = scopes
        self._calls: dict[cst.CSTNode, cst.Call] = {}

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        for statement in node.body:
            if isinstance(statement, (cst.Import, cst.ImportFrom)):
                self.lines[statement] = node

    def visit_Import(self, node: cst.Import) -> bool:
        del node
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        if isinstance(node.names, cst.ImportStar):
            self.stars.append(node)
        return False

    def visit_Call(self, node: cst.Call) -> None:
        self._calls[node.func] = node

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        # A longer dotted name is one use, not also a use of its beginnings.
        return not self._record(node)

    def visit_Name(self, node: cst.Name) -> None:
        scope = self._scopes.get(node)
        if not self._record(node) and scope is not None and not scope[node.value]:
            self.undefined[node.value].append(node)

    def _record(self, node: cst.Name | cst.Attribute) -> bool:
        start = root(node)
        scope = None if start is None else self._scopes.get(start)
        if scope is None:
            return False
        found = scope.get_qualified_names_for(node)
        imported = [item.name for item in found if item.source is QualifiedNameSource.IMPORT]
        if imported:
            use = Use(node, self._calls.get(node), frozenset(item.name for item in found), scope)
            for name in imported:
                self.uses[name].append(use)
        return bool(imported)


def root(node: cst.BaseExpression) -> cst.Name | None:
    """The leftmost name of a dotted expression."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return node if isinstance(node, cst.Name) else None


def importing(scope: Scope, name: str) -> ImportAssignment | None:
    """The one import that gives ``name`` its meaning in ``scope``; None when there is another or more than one."""
    assignments = list(scope[name])
    if len(assignments) == 1 and isinstance(assignments[0], ImportAssignment):
        return assignments[0]
    return None
