"""What the names in a source file stand for, followed through its imports and aliases of imports.

Imports are followed, absolute, relative and of everything (``*``); assignments never: what a variable holds is known at
run time alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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

from migrate.codemods.api import OLD, api
from migrate.codemods.makers import made_by
from migrate.codemods.tree import NOWHERE, Place
from tensor_core.spans import Span


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a name that comes from an import is used. ``call``: the call of it, None if it is a value there.

    ``name``: what it stands for, by the shortest dotted name of TVM 0.19 (``relay.op.nn.relu`` is
    ``tvm.relay.nn.relu``). ``meanings``: all the dotted names it may stand for, as the imports say them; more than one
    where imports depend on a condition, or where the name is also assigned to. ``scope`` is where it is used.
    """

    node: cst.Name | cst.Attribute
    call: cst.Call | None
    name: str
    meanings: frozenset[str]
    scope: Scope


class SourceFile:
    """A parsed file: its tree and the uses of imported names, collected in one walk for all rules."""

    def __init__(self, module: cst.Module, name: str, place: Place = NOWHERE, release: str = OLD) -> None:
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self._scopes: Mapping[cst.CSTNode, Scope | None] = wrapper.resolve(ScopeProvider)
        collector = _Collector(self._scopes, place, release)
        wrapper.module.visit(collector)
        self.name = name
        self.place = place
        self.old = api(release)
        self.module = wrapper.module
        self.hands_on = name.endswith("__init__.py") or "__all__" in collector.words
        """Whether other modules may take from this one what it only imports."""
        self.uses: Mapping[str, Sequence[Use]] = collector.uses
        """By :attr:`Use.name`, in the order of the text."""
        self.stars: Sequence[cst.ImportFrom] = collector.stars
        """The imports of everything that a module holds."""
        self.lines: Mapping[cst.CSTNode, cst.SimpleStatementLine] = collector.lines
        """The statement line of each import."""
        self.calls: Sequence[cst.Call] = collector.calls
        self.attributes: Mapping[str, Sequence[cst.Attribute]] = collector.attributes
        """Attributes of what is no imported name, by the last word: ``call.checked_type`` under ``checked_type``."""
        self.strings: Sequence[cst.SimpleString] = collector.strings
        """Strings that stand alone, as they are written."""
        self.of_tvm = any(name.partition(".")[0] == "tvm" for name in self.uses)
        """Whether anything of TVM is used, so that attributes of what is no imported name may be TVM's, too."""
        self.classes: Sequence[cst.ClassDef] = collector.classes
        self.functions: Sequence[cst.FunctionDef] = collector.functions
        self._words = collector.words
        self._positions: Mapping[cst.CSTNode, CodeRange] = wrapper.resolve(PositionProvider)
        self._parents = collector.parents
        self._use_of: dict[cst.CSTNode, Use] = {use.node: use for uses in self.uses.values() for use in uses}

    def span(self, node: cst.CSTNode) -> Span:
        """Where a node of the tree stands in the file."""
        start, end = self._positions[node].start, self._positions[node].end
        return Span(self.name, start.line, start.column + 1, end.line, end.column + 1)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around a node; None for the module."""
        return self._parents.get(node)

    def statement(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The innermost statement around a node: a line, or a compound statement whose head it stands in."""
        found: cst.CSTNode | None = node
        while found is not None and not isinstance(found, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            found = self._parents.get(found)
        return found

    def around(self, node: cst.CSTNode, *kinds: type[cst.CSTNode]) -> cst.CSTNode | None:
        """The innermost node of these kinds around a node, not itself."""
        found = self._parents.get(node)
        while found is not None and not isinstance(found, kinds):
            found = self._parents.get(found)
        return found

    def use_of(self, node: cst.CSTNode) -> Use | None:
        """The use that a name or dotted expression is."""
        return self._use_of.get(node)

    def mentioned(self, name: str) -> bool:
        """Whether anything in the file but an import says this name, be it an imported one or not."""
        return name in self._words

    def read(self, statement: cst.Import | cst.ImportFrom, local: str) -> bool:
        """Whether anything in the file reads a name that an import brings; to assign to it is not to read it."""
        scope = self._scopes.get(statement)
        found = scope[local] if scope is not None else ()
        return any(isinstance(item, ImportAssignment) and item.node is statement and item.references for item in found)

    def of_tree(self, name: str) -> bool:
        """Whether a dotted name is the tree's and none of TVM's, though it stands below ``tvm``."""
        return self.place.own(name, self.old)

    def name_of(self, node: cst.CSTNode) -> str:
        """What an expression stands for (:attr:`Use.name`); empty for what is no imported name."""
        use = self._use_of.get(node)
        return use.name if use else ""

    def uses_of(self, names: Iterable[str]) -> list[Use]:
        """The uses of any of these names, in the order of the text for each name."""
        return [use for name in names for use in self.uses.get(name, ())]


class _Collector(cst.CSTVisitor):
    def __init__(self, scopes: Mapping[cst.CSTNode, Scope | None], place: Place, release: str) -> None:
        super().__init__()
        self.uses: defaultdict[str, list[Use]] = defaultdict(list)
        self.attributes: defaultdict[str, list[cst.Attribute]] = defaultdict(list)
        self.stars: list[cst.ImportFrom] = []
        self.lines: dict[cst.CSTNode, cst.SimpleStatementLine] = {}
        self.calls: list[cst.Call] = []
        self.strings: list[cst.SimpleString] = []
        self.classes: list[cst.ClassDef] = []
        self.functions: list[cst.FunctionDef] = []
        self._scopes = scopes
        self._called: dict[cst.CSTNode, cst.Call] = {}
        self._place = place
        self._api = api(release)
        self._by_star: dict[str, str] = {}
        self.words: set[str] = set()
        self.parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self._open: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        # Kept along the way: a walk of its own for the parents would take a fifth of the whole time.
        if self._open:
            self.parents[node] = self._open[-1]
        self._open.append(node)
        return super().on_visit(node)

    def on_leave(self, original_node: cst.CSTNode) -> None:
        super().on_leave(original_node)
        self._open.pop()

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
            module = self._place.absolute(module_of(node))
            brought = self._api.members.get(self._api.known(module) or module, frozenset[str]())
            for name in (*brought, *self._place.exports.get(module, ())):
                if not name.startswith("_"):
                    self._by_star.setdefault(name, f"{module}.{name}")
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.classes.append(node)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.functions.append(node)

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        self.strings.append(node)

    def visit_Call(self, node: cst.Call) -> None:
        self.calls.append(node)
        self._called[node.func] = node

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        # A longer dotted name is one use, not also a use of its beginnings.
        if self._record(node):
            return False
        self.attributes[node.attr.value].append(node)
        node.value.visit(self)
        return False

    def visit_Arg(self, node: cst.Arg) -> bool:
        # The keyword of an argument is no use of a name.
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self.words.add(node.value)
        self._record(node)

    def _record(self, node: cst.Name | cst.Attribute) -> bool:
        start = root(node)
        scope = None if start is None else self._scopes.get(start)
        if scope is None or start is None:
            return False
        self.words.add(start.value)
        found = scope.get_qualified_names_for(node)
        imported = [item.name for item in found if item.source is QualifiedNameSource.IMPORT]
        meanings = {self._place.absolute(item.name) for item in found}
        if not imported and not scope[start.value] and start.value in self._by_star:
            full = self._by_star[start.value] + dotted(node)[len(start.value) :]
            imported, meanings = [full], {full}
        for name in {self._name(item) for item in imported}:
            self.uses[name].append(Use(node, self._called.get(node), name, frozenset(meanings), scope))
        return bool(imported)

    def _name(self, imported: str) -> str:
        full = made_by(self._place.origin(self._place.absolute(imported)))
        return self._api.known(full) or full


def module_of(node: cst.ImportFrom) -> str:
    """The module that an import is from, with the dots of a relative one."""
    return "." * len(node.relative) + (dotted(node.module) if node.module else "")


def root(node: cst.BaseExpression) -> cst.Name | None:
    """The leftmost name of a dotted expression."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return node if isinstance(node, cst.Name) else None


def dotted(node: cst.CSTNode) -> str:
    """The text of a name or dotted expression, without blanks; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join([node.value, *reversed(parts)]) if isinstance(node, cst.Name) else ""


def importing(scope: Scope, name: str) -> ImportAssignment | None:
    """The import that gives ``name`` its meaning in ``scope``, the first of several that say the same; None when it is
    something else, too. ``import tvm`` and ``import tvm.testing`` bring the same package.
    """
    found = [item for item in scope[name] if isinstance(item, ImportAssignment)]
    if not found or len(found) < len(scope[name]):
        return None
    plain = all(isinstance(item.node, cst.Import) and item.name.partition(".")[0] == name for item in found)
    again = all(isinstance(item.node, cst.ImportFrom) for item in found)
    brought = [{full.name for full in item.get_qualified_names_for(name)} for item in found]
    return found[0] if plain or len(found) == 1 or (again and all(one == brought[0] for one in brought)) else None
