"""Names that are called otherwise in the target: through the import that brings them, or where they are used."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import libcst as cst
from libcst.metadata import ImportAssignment

from migrate.codemods.api import Api
from migrate.codemods.imports import (
    ImportLine,
    ImportPlan,
    NameTaken,
    Rebound,
    attribute,
    bound_by,
    is_the_name,
    local_name,
    star_of,
    way_to,
)
from migrate.codemods.names import SourceFile, Use, dotted, module_of, root
from migrate.codemods.rule import Edit, Left, Move
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class Settled:
    """How the moves of a file are carried out: edits where names are used, and what becomes of the imports."""

    moved: Sequence[Move]
    edits: Sequence[Edit]
    left: Sequence[Left]
    plan: ImportPlan

    def imports(self, edits: Sequence[Edit]) -> Mapping[cst.CSTNode, Sequence[cst.SimpleStatementLine]]:
        """The import lines that change, with what all edits need."""
        for edit in edits:
            self.plan.add(edit.imports)
        return self.plan.lines()


def settle(file: SourceFile, moves: Sequence[Move], gone: set[cst.CSTNode], there: Api) -> Settled:
    """Decide for each name that an import brings what becomes of it. ``gone``: uses that edits take away; ``there``:
    the names of the target. An import of what the target has, too, stays.
    """
    plan = ImportPlan(file)
    result: tuple[list[Move], list[Edit], list[Left]] = [], [], []
    by_node = {move.use.node: move for move in moves}
    for group in _groups(file):
        mine = [by_node.pop(use.node) for use in group.uses if use.node in by_node]
        stay = len(mine) + sum(use.node in gone for use in group.uses) < len(group.uses)
        if mine and not stay and (new := _rebound(group, mine) or _same_module(group, mine, there)) is not None:
            _rebind(plan, group, new)
            result[0].extend(mine)
            if new.alias != group.local:
                result[1].extend(_renamed(move, new.alias) for move in mine)
            continue
        edits = [_at_use(file, move) for move in mine]
        result[0].extend(move for move, edit in zip(mine, edits, strict=True) if isinstance(edit, Edit))
        result[1].extend(edit for edit in edits if isinstance(edit, Edit))
        result[2].extend(edit for edit in edits if isinstance(edit, Left))
        if not stay and all(isinstance(edit, Edit) for edit in edits) and (old := _not_there(group, there)) is not None:
            _rebind(plan, group, old)
    result[2].extend(_no_way(file, move, _UNCLEAR) for move in by_node.values())
    return Settled(*result, plan)


def _rebind(plan: ImportPlan, group: _Group, new: Rebound) -> None:
    """What becomes of an import, and of others that bring the same name again."""
    plan.rebind(new)
    for again in group.uses[0].scope[group.local]:
        node = again.node if isinstance(again, ImportAssignment) else None
        if (
            isinstance(node, cst.ImportFrom)
            and node is not group.statement
            and isinstance(new.statement, cst.ImportFrom)
        ):
            plan.rebind(replace(new, statement=node))


_UNCLEAR = NameTaken(
    "what gives this name depends on a condition, or it is assigned to, too", "give the meanings names of their own"
)


@dataclass(frozen=True, slots=True)
class _Group:
    """All uses of one name that an import brings. ``plain``: each of them is that name itself, no attribute of it."""

    statement: ImportLine
    local: str
    uses: Sequence[Use]
    plain: bool


def _groups(file: SourceFile) -> Iterator[_Group]:
    found: dict[tuple[ImportLine, str, bool], list[Use]] = {}
    for uses in file.uses.values():
        for use in uses:
            source, start = bound_by(file, use), root(use.node)
            if source is not None:
                found.setdefault((*source, False), []).append(use)
            elif start is not None and (star := star_of(file, use)) is not None:
                found.setdefault((star, start.value, True), []).append(use)
    for (statement, local, star), uses in found.items():
        plain = all(is_the_name(file, use) or (star and isinstance(use.node, cst.Name)) for use in uses)
        yield _Group(statement, local, uses, plain)


def unused(file: SourceFile, there: Api, gone: Container[cst.CSTNode]) -> Iterator[tuple[Rebound, str]]:
    """Names that are imported, that the target lacks, and that nothing in the file uses once the uses in ``gone`` are
    away: how they go, and what they are the names of, empty where the import says no single one.
    """
    needed, away = set[str](), set[str]()
    for uses in file.uses.values():
        for use in uses:
            (away if use.node in gone else needed).update(use.meanings)
    for statement in file.lines:
        if isinstance(statement, cst.Import):
            yield from _unused_module(file, statement, there, needed)
            continue
        if not isinstance(statement, cst.ImportFrom):
            continue
        module = file.place.absolute(module_of(statement))
        if isinstance(statement.names, cst.ImportStar):
            if _is_gone(file, module, there) and not _by_star(file, statement):
                yield Rebound(statement, "*"), ""
            continue
        for alias in statement.names:
            local, name = local_name(alias, whole=True), f"{module}.{dotted(alias.name)}"
            used = _below(needed, name) or (file.read(statement, local) and not _below(away, name))
            if _is_gone(file, name, there) and not used:
                yield Rebound(statement, local), name


def _unused_module(
    file: SourceFile, statement: cst.Import, there: Api, needed: set[str]
) -> Iterator[tuple[Rebound, str]]:
    """``import tvm.relay.testing`` leaves ``import tvm``, ``import tvm.relay as relay`` nothing."""
    if len(statement.names) > 1:
        return
    (alias,) = statement.names
    module, local = dotted(alias.name), local_name(alias, whole=False)
    if not _is_gone(file, module, there) or _below(needed, module):
        return
    whole = any(
        other is not statement
        and isinstance(other, cst.Import)
        and any(local_name(item, whole=False) == local for item in other.names)
        and file.parent(line) is file.parent(file.lines[statement])
        and not all(_is_gone(file, dotted(item.name), there) for item in other.names)
        for other, line in file.lines.items()
    )
    if alias.asname is not None:
        yield Rebound(statement, local), module
    else:
        yield Rebound(statement, local) if whole else Rebound(statement, local, local, local), ""


def _is_gone(file: SourceFile, name: str, there: Api) -> bool:
    return file.old.known(name) is not None and there.known(name) is None


def _below(names: set[str], module: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for name in names)


def _by_star(file: SourceFile, statement: cst.ImportFrom) -> bool:
    """Whether an import of everything brings anything that the file uses."""
    return any(star_of(file, use) is statement for uses in file.uses.values() for use in uses)


def _not_there(group: _Group, there: Api) -> Rebound | None:
    """That an import goes which brings nothing that the target has; None for one that may stay."""
    if isinstance(group.statement, cst.ImportFrom):
        start = next(iter(group.uses[0].meanings))
        extra = dotted(group.uses[0].node).count(".")
        brought = ".".join(start.split(".")[: len(start.split(".")) - extra])
        return None if there.known(brought) is not None else Rebound(group.statement, group.local)
    modules = [dotted(alias.name) for alias in group.statement.names]
    if all(module == "tvm" or there.known(module) is not None for module in modules):
        return None
    top = group.local if group.local in {module.partition(".")[0] for module in modules} else ""
    return Rebound(group.statement, group.local, top, top)


def _rebound(group: _Group, moves: Sequence[Move]) -> Rebound | None:
    """How the import brings the new name instead; None where the uses have to change one by one."""
    names = {move.name for move in moves}
    if len(names) > 1 or not group.plain or any(len(move.use.meanings) > 1 for move in moves):
        return None
    (name,) = names
    last, old = name.rpartition(".")[2], next(iter(moves[0].use.meanings)).rpartition(".")[2]
    free = all(not move.use.scope[last] for move in moves)
    return Rebound(group.statement, group.local, name, last if group.local == old and free else group.local)


def _same_module(group: _Group, moves: Sequence[Move], there: Api) -> Rebound | None:
    """How the import brings the module of the new names under the name that the file has for the old one: where that
    is the new module's own, or one that the file chose.
    """
    names: set[str] = set()
    for move in moves:
        inner = dotted(move.use.node).removeprefix(group.local)
        names.add(move.name.removesuffix(inner) if inner and move.name.endswith(inner) else "")
    if len(names) > 1 or any(len(move.use.meanings) > 1 for move in moves):
        return None
    (name,) = names
    brought = next(iter(moves[0].use.meanings)).removesuffix(dotted(moves[0].use.node).removeprefix(group.local))
    named = brought.rpartition(".")[2] != group.local
    if (name.rpartition(".")[2] != group.local and not named) or "." not in name or there.known(name) is None:
        return None
    return Rebound(group.statement, group.local, name, group.local)


def _renamed(move: Move, name: str) -> Edit:
    return Edit(move.rule, move.use.node, lambda node: node.with_changes(value=name), note=move.note)


def _at_use(file: SourceFile, move: Move) -> Edit | Left:
    """The edit that writes the new name where the old one stands."""
    use = move.use
    if len(use.meanings) > 1:
        return _no_way(file, move, _UNCLEAR)
    module, _, last = move.name.rpartition(".")
    way = way_to(file, use, module)
    if isinstance(way, NameTaken):
        return _no_way(file, move, way)
    new = attribute(way.expression, last)

    def rewrite(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, (cst.Name, cst.Attribute))
        return new.with_changes(lpar=node.lpar, rpar=node.rpar)

    return Edit(move.rule, use.node, rewrite, way.imports, move.note)


def _no_way(file: SourceFile, move: Move, why: NameTaken) -> Left:
    text = f"{move.rule}: {dotted(move.use.node)} is {move.name} now, but {why.reason}"
    message = Diagnostic(codes.NOT_PORTED, text, file.span(move.use.node), why.hint, Severity.WARNING)
    return Left(move.rule, move.use.node, message)
