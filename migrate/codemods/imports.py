"""How a file reaches a module that a rewritten expression needs: by a name it already has, or by one more import."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst
from libcst.metadata import ImportAssignment, QualifiedNameSource, Scope

from migrate.codemods.names import SourceFile, Use, importing, root


@dataclass(frozen=True, slots=True)
class Import:
    """``from package import module``, to be put below the line ``beside``."""

    package: str
    module: str
    beside: cst.SimpleStatementLine


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


def way_to(file: SourceFile, use: Use, package: str, module: str) -> Way | NameTaken:
    """How ``package.module`` is reached where ``use`` stands.

    A new import goes below the one that brought the old name, so it is in force wherever that one is: in the same
    function, the same ``try``.
    """
    known = _alias(use.scope, f"{package}.{module}")
    if known is not None:
        return Way(cst.Name(known))
    if use.scope[module]:
        return NameTaken(
            f"the name {module} means something else here",
            f"rename it, or import {package}.{module} under another name",
        )
    start = root(use.node)
    source = importing(use.scope, start.value) if start is not None else None
    line = file.lines.get(source.node) if source is not None else None
    if line is None:
        return NameTaken(
            "more than one import gives this name, or it stands in a line of its own block",
            f"import {module} yourself first",
        )
    return Way(cst.Name(module), (Import(package, module, line),))


def statement(item: Import) -> cst.SimpleStatementLine:
    """The line of a new import."""
    return cst.SimpleStatementLine([cst.ImportFrom(cst.Name(item.package), [cst.ImportAlias(cst.Name(item.module))])])


def _alias(scope: Scope, dotted: str) -> str | None:
    """A name that stands for this module alone, seen from ``scope``."""
    place = scope
    while True:
        for assignment in place.assignments:
            if not isinstance(assignment, ImportAssignment) or "." in assignment.name:
                continue
            if _means(scope, assignment.name) == {dotted}:
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
