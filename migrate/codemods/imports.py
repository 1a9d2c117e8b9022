"""How a file reaches a module that a rewritten expression needs, and what becomes of its imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import ImportAssignment, QualifiedNameSource, Scope

from migrate.codemods.names import SourceFile, Use, dotted, importing, module_of, root

ImportLine = cst.Import | cst.ImportFrom


@dataclass(frozen=True, slots=True)
class Import:
    """``from package import name as alias`` (``import name`` without a package), to be put at the line ``beside``."""

    package: str
    name: str
    beside: cst.SimpleStatementLine
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """The expression that stands for the module where it is needed, and the imports that make it so."""

    expression: cst.BaseExpression
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Why no way can be found."""

    reason: str
    hint: str


def way_to(file: SourceFile, use: Use, module: str) -> Way | NameTaken:
    """How a module, by its dotted name, is reached where ``use`` stands.

    By a name that the file has for it or for a package around it; else by a new import at the one that brought the old
    name, so it is in force wherever that one is: in the same function, the same ``try``. What ``relay.``
    stood before is reached through ``relax`` where it is below that, elsewhere through ``tvm`` where the file has that.
    """
    known = _alias(use.scope, module)
    if known is not None:
        return Way(cst.Name(known))
    top, *inner = module.split(".")
    start = root(use.node)
    # Importers of models are modules that relax does not load by itself.
    by_itself = not module.startswith("tvm.relax.frontend.")
    if by_itself and start is not None and inner and _means(use.scope, start.value) == {top}:
        # The old name was written from the top (tvm.relay.var), so the new one is, too.
        return Way(attribute(cst.Name(start.value), *inner))
    below_relax = by_itself and module.startswith("tvm.relax.")
    if below_relax and start is not None and _means(use.scope, start.value) == {"tvm.relay"}:
        below = way_to(file, use, "tvm.relax")
        return below if isinstance(below, NameTaken) else Way(attribute(below.expression, *inner[1:]), below.imports)
    of_relay = start is not None and any(name.startswith("tvm.relay") for name in _means(use.scope, start.value))
    if by_itself and module != "tvm.relax" and of_relay and (whole := _alias(use.scope, top)) is not None:
        return Way(attribute(cst.Name(whole), *inner))
    package, _, last = module.rpartition(".")
    if use.scope[last] and "." in package:
        way = way_to(file, use, package)
        return way if isinstance(way, NameTaken) else Way(attribute(way.expression, last), way.imports)
    if use.scope[last]:
        return NameTaken(
            f"the name {last} means something else here", f"rename it, or import {module} under another name"
        )
    line = _line_of(file, use)
    if line is None:
        return NameTaken(
            "more than one import gives this name, or it stands in a line of its own block",
            f"import {last} yourself first",
        )
    return Way(cst.Name(last), (Import(package, last, line),))


def attribute(start: cst.BaseExpression, *names: str) -> cst.BaseExpression:
    """``start.a.b`` for the names a and b."""
    for name in names:
        start = cst.Attribute(start, cst.Name(name))
    return start


def _line_of(file: SourceFile, use: Use) -> cst.SimpleStatementLine | None:
    start = root(use.node)
    if start is None:
        return None
    source = importing(use.scope, start.value)
    if source is not None:
        return file.lines.get(source.node)
    stars = [file.lines.get(star) for star in file.stars]
    return stars[0] if stars and not use.scope[start.value] else None


def _alias(scope: Scope, module: str) -> str | None:
    """A name that stands for this module alone, seen from ``scope``."""
    place = scope
    while True:
        for assignment in place.assignments:
            if not isinstance(assignment, ImportAssignment) or "." in assignment.name:
                continue
            if _means(scope, assignment.name) == {module}:
                return assignment.name
        if place.parent is place:
            return None
        place = place.parent


def _means(scope: Scope, name: str) -> set[str]:
    return {
        found.name if found.source is QualifiedNameSource.IMPORT else ""
        for assignment in scope[name]
        for found in assignment.get_qualified_names_for(name)
    }


@dataclass(frozen=True, slots=True)
class Rebound:
    """A name that an import brings: ``name`` is its dotted name in the target, ``alias`` what the file calls it then;
    without a name nothing needs it any more. ``instead``: the statement that gives the file this name.
    """

    statement: ImportLine
    local: str
    name: str = ""
    alias: str = ""
    instead: cst.SimpleStatementLine | None = None


class ImportPlan:
    """What becomes of each import line: names that go, names that come from elsewhere, and further imports."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._rebound: dict[ImportLine, dict[str, Rebound]] = {}
        self._added: dict[cst.SimpleStatementLine, dict[tuple[str, str, str], Import]] = {}

    def add(self, imports: Iterable[Import]) -> None:
        """Imports that new code needs."""
        for item in imports:
            self._added.setdefault(item.beside, {})[item.package, item.name, item.alias] = item

    def rebind(self, item: Rebound) -> None:
        """A name of an existing import that goes, or comes from elsewhere."""
        self._rebound.setdefault(item.statement, {})[item.local] = item

    def drop(self, item: Rebound) -> None:
        """A name that nothing uses any more, unless something became of it already."""
        self._rebound.setdefault(item.statement, {}).setdefault(item.local, item)

    def lines(self) -> Mapping[cst.CSTNode, Sequence[cst.SimpleStatementLine]]:
        """The lines in the place of each import line that changes; none where a line only goes."""
        added = self._once_in_a_block()
        changed = {self._file.lines[statement] for statement in self._rebound} | added.keys()
        result: dict[cst.CSTNode, Sequence[cst.SimpleStatementLine]] = {
            line: self._line(line, added.get(line, ())) for line in changed
        }
        for line, new in result.items():
            block = self._file.parent(line)
            assert isinstance(line, cst.SimpleStatementLine)
            if not new and isinstance(block, cst.IndentedBlock) and not any(self._stays(s, result) for s in block.body):
                result[line] = [line.with_changes(body=[cst.Pass()])]
        return result

    @staticmethod
    def _stays(statement: cst.CSTNode, lines: Mapping[cst.CSTNode, Sequence[cst.CSTNode]]) -> bool:
        return bool(lines.get(statement, (statement,)))

    def _once_in_a_block(self) -> Mapping[cst.SimpleStatementLine, Sequence[Import]]:
        """What is added, each once in a block: where the block needs it first."""
        seen: set[tuple[cst.CSTNode | None, str, str, str]] = set()
        result: dict[cst.SimpleStatementLine, list[Import]] = {}
        for line in sorted(self._added, key=lambda line: self._file.span(line).line):
            for key, item in sorted(self._added[line].items()):
                where = (self._file.parent(line), *key)
                if where not in seen:
                    seen.add(where)
                    result.setdefault(line, []).append(item)
        return result

    def _line(self, line: cst.SimpleStatementLine, added: Sequence[Import]) -> list[cst.SimpleStatementLine]:
        kept: list[cst.BaseSmallStatement] = []
        moved: list[tuple[str, str, str]] = []
        given: list[cst.SimpleStatementLine] = []
        for statement in line.body:
            fates = self._rebound.get(statement) if isinstance(statement, (cst.Import, cst.ImportFrom)) else None
            if fates is None or not isinstance(statement, (cst.Import, cst.ImportFrom)):
                kept.append(statement)
                continue
            rest = self._rest(statement, fates)
            if rest is not None:
                kept.append(rest)
            for item in fates.values():
                package, _, last = item.name.rpartition(".")
                if item.name:
                    moved.append((package, last, "" if last == item.alias else item.alias))
                if item.instead is not None:
                    given.append(item.instead)
        new = [*moved, *((item.package, item.name, item.alias) for item in added)]
        new = [item for item in dict.fromkeys(new) if not self._has(line, kept, item)]
        packages = dict.fromkeys(package for package, _, _ in new)
        statements = [_statement(package, [item for item in new if item[0] == package]) for package in packages]
        if kept:
            kept[-1] = kept[-1].with_changes(semicolon=line.body[-1].semicolon)
            return [line.with_changes(body=kept), *map(_own_line, statements), *given]
        if statements:
            return [line.with_changes(body=statements[:1]), *map(_own_line, statements[1:]), *given]
        for first in given[:1]:
            given[0] = first.with_changes(leading_lines=[*line.leading_lines, *first.leading_lines])
        return given

    def _has(self, line: cst.CSTNode, kept: Sequence[cst.CSTNode], item: tuple[str, str, str]) -> bool:
        """Whether a whole import of the same block before this line brings a name already."""
        package, name, alias = item
        for statement, other in self._file.lines.items():
            if statement in self._rebound or not isinstance(statement, cst.ImportFrom):
                continue
            if module_of(statement) != package or isinstance(statement.names, cst.ImportStar):
                continue
            before = self._file.span(other).line <= self._file.span(line).line or statement in kept
            if before and self._file.parent(other) is self._file.parent(line):
                for found in statement.names:
                    if dotted(found.name) == name and local_name(found, whole=True) == (alias or name):
                        return True
        return False

    def _rest(self, statement: ImportLine, fates: Mapping[str, Rebound]) -> ImportLine | None:
        """A statement without the names that go or come from elsewhere; None when nothing is left of it."""
        if isinstance(statement.names, cst.ImportStar):
            assert isinstance(statement, cst.ImportFrom)
            needed = {
                start.value
                for uses in self._file.uses.values()
                for use in uses
                if (start := root(use.node)) is not None and star_of(self._file, use) is statement
            }
            return None if needed <= fates.keys() else statement
        whole = isinstance(statement, cst.ImportFrom)
        rest = [alias for alias in statement.names if local_name(alias, whole=whole) not in fates]
        if not rest:
            return None
        rest[-1] = rest[-1].with_changes(comma=statement.names[-1].comma)
        return statement.with_changes(names=rest)


def bound_by(file: SourceFile, use: Use) -> tuple[ImportLine, str] | None:
    """The one import statement that gives a use its first name, and that name."""
    start = root(use.node)
    source = importing(use.scope, start.value) if start is not None else None
    if source is None or start is None or not isinstance(source.node, (cst.Import, cst.ImportFrom)):
        return None
    return (source.node, start.value) if source.node in file.lines else None


def star_of(file: SourceFile, use: Use) -> cst.ImportFrom | None:
    """The import of everything that a use comes by."""
    start = root(use.node)
    if start is None or use.scope[start.value]:
        return None
    head = next(iter(use.meanings)).rpartition(".")[0]
    found = [star for star in file.stars if file.place.absolute(module_of(star)) == head and star in file.lines]
    return found[0] if found else None


def is_the_name(file: SourceFile, use: Use) -> bool:
    """Whether a use is just the name that an import ``from module import name`` brings."""
    found = bound_by(file, use)
    return isinstance(use.node, cst.Name) and found is not None and isinstance(found[0], cst.ImportFrom)


def local_name(alias: cst.ImportAlias, *, whole: bool) -> str:
    """What a file calls a name that it imports; ``whole`` for ``from module import name``."""
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    name = dotted(alias.name)
    return name if whole else name.partition(".")[0]


def _statement(package: str, items: Sequence[tuple[str, str, str]]) -> ImportLine:
    names = [_import_alias(name, alias) for _, name, alias in items]
    if not package:
        return cst.Import(names)
    start, *rest = package.split(".")
    module = attribute(cst.Name(start), *rest)
    assert isinstance(module, (cst.Name, cst.Attribute))
    return cst.ImportFrom(module, names)


def _import_alias(name: str, alias: str) -> cst.ImportAlias:
    return cst.ImportAlias(cst.Name(name), cst.AsName(cst.Name(alias)) if alias else None)


def _own_line(statement: cst.BaseSmallStatement) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([statement])
