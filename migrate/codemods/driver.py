"""Rewrites one source file by rules: plan on the original tree, then carry out all edits in one walk."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

import libcst as cst

import migrate.codemods.rules
from migrate.codemods.api import OLD, api
from migrate.codemods.imports import ImportPlan
from migrate.codemods.moves import settle, unused
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Left, Move, New, Planned, Rule
from migrate.codemods.source import check, check_new, parse, too_deep
from migrate.codemods.stubs import HELPER, stand_in, stand_ins, with_definitions
from migrate.codemods.target import Target
from migrate.codemods.todo import above, noted, with_todo
from migrate.codemods.tree import NOWHERE, Place
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, Severity, fail
from tensor_core.releases import older
from tensor_core.spans import Span


class Level(Enum):
    """What becomes of a place in a source.

    ``KEPT``: it means the same in the target. ``AUTO``: rewritten. ``ASSISTED``: rewritten, and a person should look:
    a TODO says at what. ``MANUAL``: recognised and left alone, with the reason. ``UNKNOWN``: no rule knows the name.
    """

    KEPT = "kept"
    AUTO = "auto"
    ASSISTED = "assisted"
    MANUAL = "manual"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """One place of the old API. ``name``: what is used there, empty for an idiom that has no imported name."""

    level: Level
    span: Span
    name: str = ""
    rule: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """One edit that was carried out; ``span`` is its place in the original text."""

    rule: str
    span: Span


@dataclass(frozen=True, slots=True)
class PortResult:
    """The new text, what was changed, what was recognised but left alone, and every place of the old API."""

    text: str
    applied: tuple[Applied, ...] = ()
    refusals: tuple[Diagnostic, ...] = ()
    places: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """How to port. ``todo``: whether what a person has to see is said in the text, too. ``rest``: whether the file is
    ported as a whole, so that names which no rule knows are said and imports that nothing uses go. ``old``: the release
    whose Python it is: up to 0.19 with Relay, later ones for Relax to Relax. ``declined``: places that stay as they
    are, each the rule that would rewrite it with line and column; all of a rule with 0 and 0.
    """

    target: Target = field(default_factory=Target)
    todo: bool = False
    rest: bool = False
    old: str = OLD
    declined: frozenset[tuple[str, int, int]] = frozenset()


_PLAIN = Options()
UNKNOWN = "relay.manual.unknown"
"""What TODOs call the place of a name that no rule knows."""


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every rule, from the modules of :mod:`migrate.codemods.rules`, by identifier."""
    package = migrate.codemods.rules
    names = [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.") if not found.ispkg]
    found = (getattr(importlib.import_module(name), "RULE", None) for name in names)
    return tuple(sorted((rule for rule in found if rule is not None), key=lambda rule: rule.id))


def rules_named(identifiers: Sequence[str], without: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The rules with these identifiers, all of them when none is named, but none of ``without``. R2R0703 for an
    unknown one.
    """
    known = {rule.id: rule for rule in all_rules()}
    for identifier in (*identifiers, *without):
        if identifier not in known:
            raise fail(codes.BAD_OPTION, f"no rule is called {identifier!r}", hint=f"the rules: {', '.join(known)}")
    chosen = tuple(known[identifier] for identifier in identifiers) if identifiers else all_rules()
    return tuple(rule for rule in chosen if rule.id not in without)


def port_source(
    source: str, name: str, rules: Sequence[Rule] | None = None, options: Options = _PLAIN, place: Place = NOWHERE
) -> PortResult:
    """Apply rules (default: all that read what ``options.old`` says) to a source text; outside the edited places every
    byte stays.

    Edits are planned on the text as it is. Applying the same rules to the result changes nothing more.
    Raises DiagnosticError R2R0801 when the text is not Python, or is nested too deeply, and R2R0811 when Python
    compiled it and does not compile what the rules made of it.
    """
    try:
        ported = _port(source, name, all_rules() if rules is None else rules, options, place)
        check_new(source, ported.text, name)
        return ported
    except RecursionError as error:
        # The depth that can be visited also depends on the depth of the caller.
        raise too_deep(name) from error


def _port(source: str, name: str, rules: Sequence[Rule], options: Options, place: Place) -> PortResult:
    kind = "relax" if older(OLD, options.old) else "relay"
    words = place.handed_to(source)
    concerned = [rule for rule in rules if _reads(rule, kind) and rule.concerns(words)]
    if not concerned and "tvm" not in words and place.package.partition(".")[0] != "tvm":
        check(source, name)
        return PortResult(source)
    file = SourceFile(parse(source, name), name, place, options.old)
    plan = _Plan(file, options, stubs=options.todo and options.rest and len(rules) >= len(all_rules()))
    for rule in sorted(concerned, key=lambda rule: (rule.general, rule.source != kind)):
        plan.take(rule.plan(file, options.target))
    return plan.result(source)


def _reads(rule: Rule, kind: str) -> bool:
    """Whether a rule reads such Python. TVM 0.19 has Relax beside Relay: rules about earlier Relax read both."""
    return rule.source == kind or rule.source == "relax"


class _Plan:
    """What all rules want of one file: the first to claim a place has it."""

    def __init__(self, file: SourceFile, options: Options, *, stubs: bool) -> None:
        self._file = file
        self._stubs_wanted = stubs and not options.declined
        self._options = options
        self._edits: dict[cst.CSTNode, Edit] = {}
        self._left: dict[cst.CSTNode, Left] = {}
        self._moves: dict[cst.CSTNode, Move] = {}
        self._kept: dict[cst.CSTNode, Planned] = {}
        self._unknown: list[Use] = []

    def take(self, planned: Iterable[Planned]) -> None:
        for item in planned:
            node = item.use.node if isinstance(item, Move) else item.node
            if node in self._edits or node in self._moves or node in self._left or node in self._kept:
                continue
            if self._declined(item.rule, node):
                self._kept[node] = item
            elif isinstance(item, Move):
                self._moves[node] = item
            elif isinstance(item, Edit):
                self._edits[node] = item
            else:
                self._left[node] = item

    def _declined(self, rule: str, node: cst.CSTNode) -> bool:
        declined = self._options.declined
        return bool(declined) and ((rule, 0, 0) in declined or (rule, *_start(self._file.span(node))) in declined)

    def result(self, source: str) -> PortResult:
        file = self._file
        gone = {node for edit in self._edits.values() for node in _claims(edit)}
        # What an edit around a name takes away is not left, whatever another rule says of the name.
        self._left = {node: left for node, left in self._left.items() if node not in gone}
        stubs = self._stubs(gone)
        gone |= {node for edit in stubs for node in _claims(edit)}
        moves = [move for node, move in self._moves.items() if node not in gone]
        settled = settle(file, moves, gone, api(self._options.target.release))
        for left in settled.left:
            self._left.setdefault(left.node, left)
        edits = [*self._edits.values(), *settled.edits, *stubs]
        applied = [Applied(edit.rule, file.span(edit.node)) for edit in self._edits.values()]
        applied += [Applied(move.rule, file.span(move.use.node)) for move in settled.moved]
        places = tuple(sorted(self._places(settled.moved), key=lambda item: _start(item.span)))
        unknown = [_unknown(item) for item in places if item.level is Level.UNKNOWN and self._options.rest]
        refusals = sorted((*(item.diagnostic for item in self._left.values()), *unknown), key=lambda d: _start(d.span))
        away = gone | {move.use.node for move in settled.moved}
        handed = self._leave_imports(settled.plan, away) if self._options.rest else False
        todos = self._todos(settled.moved) if self._options.todo else {}
        lines = settled.imports(edits)
        text = source
        if edits or lines or todos:
            module = file.module.visit(_Apply(file, {edit.node: edit for edit in edits}, lines, todos))
            helpers = [text for edit in edits for text in edit.helpers] + [HELPER] * handed
            text = with_definitions(module, helpers).code
        return PortResult(text, tuple(sorted(applied, key=lambda a: _start(a.span))), tuple(refusals), places)

    def _leave_imports(self, plan: ImportPlan, away: set[cst.CSTNode]) -> bool:
        """Take out the imports that nothing uses any more. What a module hands on is used elsewhere: where stand-ins
        are wanted, a name gets one, else the import stays, as do those from modules beside it. Whether there is such a
        stand-in.
        """
        handed = False
        for item, name in unused(self._file, api(self._options.target.release), away):
            if not self._file.hands_on:
                plan.drop(item)
            elif self._stubs_wanted and name and not getattr(item.statement, "relative", ()):
                given = cst.Assign([cst.AssignTarget(cst.Name(item.local))], stand_in(name, UNKNOWN))
                line = with_todo(cst.SimpleStatementLine([given]), [(UNKNOWN, f"no rule knows {name}")])
                assert isinstance(line, cst.SimpleStatementLine)
                plan.drop(replace(item, instead=line))
                handed = True
        return handed

    def _stubs(self, gone: set[cst.CSTNode]) -> list[Edit]:
        """What stands for names that the target lacks and no rule rewrites, so that the rest of the file works."""
        if not self._stubs_wanted:
            return []
        rules = {node: left.rule for left in self._left.values() for node in _claims_of(left.node, left.claims)}
        found: dict[Use, str] = {}
        kept = {node for item in self._kept.values() for node in _claims_of_planned(item)}
        for uses in self._file.uses.values():
            for use in uses:
                taken = use.node in gone or use.node in self._moves or use.node in kept
                if not taken and len(use.meanings) == 1 and self._level(use) is Level.UNKNOWN and self._gone(use):
                    found[use] = rules.get(use.node, UNKNOWN)
        self._unknown = [use for use, rule in found.items() if rule == UNKNOWN]
        absent = {left.node: (left.absent, left.rule) for left in self._left.values() if left.absent}
        return stand_ins(self._file, found, absent)

    def _gone(self, use: Use) -> bool:
        """Whether a name went with Relay, or with the package that it was in. What no release was recorded to have
        (modules that need other packages, as relax.frontend.onnx) may well be there.
        """
        old, there = api(self._options.old), api(self._options.target.release)
        if use.name.startswith("tvm.relay.") or old.known(use.name) is not None:
            return True
        package = use.name
        while package and old.known(package) is None:
            package = package.rpartition(".")[0]
        return bool(package) and there.known(package) is None

    def _places(self, moved: Sequence[Move]) -> Iterator[Found]:
        file, seen = self._file, set[cst.CSTNode]()
        items: list[tuple[Level, cst.CSTNode, str, str, tuple[cst.CSTNode, ...]]] = []
        for edit in self._edits.values():
            level = Level.ASSISTED if edit.note else Level.AUTO
            items.append((level, edit.node, edit.rule, edit.note, _claims(edit)))
        for move in moved:
            level = Level.ASSISTED if move.note else Level.AUTO
            items.append((level, move.use.node, move.rule, move.note, (move.use.node,)))
        for left in self._left.values():
            claims = _claims_of(left.node, left.claims)
            items.append((Level.MANUAL, left.node, left.rule, left.diagnostic.message, claims))
        for node, item in self._kept.items():
            items.append((Level.MANUAL, node, item.rule, "left as it is, as was asked", _claims_of_planned(item)))
        for level, node, rule, advice, claims in items:
            uses = [use for claim in claims if (use := file.use_of(claim)) is not None and claim not in seen]
            seen.update(claims)
            for use in uses:
                yield Found(level, file.span(use.node), use.name, rule, advice)
            if not uses:
                yield Found(level, file.span(node), "", rule, advice)
        for uses in file.uses.values():
            for use in uses:
                if use.node not in seen and (level := self._level(use)) is not None:
                    yield Found(level, file.span(use.node), use.name)

    def _level(self, use: Use) -> Level | None:
        """What a use that no rule claims is: None where it is no name of TVM's."""
        if use.name.partition(".")[0] not in ("tvm", "tvm_ffi"):
            return None
        target = api(self._options.target.release)
        # An object may have its shortest name in 0.19 where the target has it under the name written here alone.
        if any(target.known(name) is not None for name in (use.name, *use.meanings)):
            return Level.KEPT
        return None if self._file.of_tree(use.name) else Level.UNKNOWN

    def _todos(self, moved: Sequence[Move]) -> dict[cst.CSTNode, list[tuple[str, str]]]:
        """By statement, the rules and texts of the TODOs above it."""
        result: dict[cst.CSTNode, list[tuple[str, str]]] = {}
        notes = [(edit.node, edit.rule, edit.note) for edit in self._edits.values() if edit.note]
        notes += [(move.use.node, move.rule, move.note) for move in moved if move.note]
        for left in self._left.values():
            said = left.diagnostic.message.removeprefix(f"{left.rule}: ")
            notes.append((left.node, left.rule, ". ".join(filter(None, (said, left.diagnostic.hint)))))
        notes += [(use.node, UNKNOWN, f"no rule knows {use.name}") for use in self._unknown]
        for node, rule, text in notes:
            statement = self._file.statement(node)
            if statement is not None and not noted(statement, rule):
                found = result.setdefault(statement, [])
                if (rule, text) not in found:
                    found.append((rule, text))
        return result


def _claims(edit: Edit) -> tuple[cst.CSTNode, ...]:
    return _claims_of(edit.node, edit.claims)


def _claims_of_planned(item: Planned) -> tuple[cst.CSTNode, ...]:
    return (item.use.node,) if isinstance(item, Move) else _claims_of(item.node, item.claims)


def _claims_of(node: cst.CSTNode, claims: tuple[cst.CSTNode, ...]) -> tuple[cst.CSTNode, ...]:
    own = (node, node.func) if isinstance(node, cst.Call) else (node,)
    return tuple(dict.fromkeys((*own, *claims)))


def _unknown(item: Found) -> Diagnostic:
    return Diagnostic(
        codes.UNKNOWN_NAME,
        f"no rule knows {item.name}",
        item.span,
        "see what the target has instead: https://tvm.apache.org/docs/reference/api/python/",
        Severity.WARNING,
    )


def _start(span: Span | None) -> tuple[int, int]:
    return (span.line, span.column) if span else (0, 0)


class _Apply(cst.CSTTransformer):
    def __init__(
        self,
        file: SourceFile,
        edits: dict[cst.CSTNode, Edit],
        lines: Mapping[cst.CSTNode, Sequence[cst.SimpleStatementLine]],
        todos: dict[cst.CSTNode, list[tuple[str, str]]],
    ) -> None:
        super().__init__()
        self._edits = edits
        self._lines = lines
        self._todos = todos
        self._comments = dict(_handed_over(file, lines))

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> New:
        new: New = updated_node
        edit = self._edits.get(original_node)
        if edit is not None:
            new = edit.rewrite(updated_node)
        if original_node in self._lines:
            lines = self._lines[original_node]
            new = cst.FlattenSentinel(lines) if lines else cst.RemoveFromParent()
        if comments := self._comments.get(original_node):
            new = above(new, comments)
        todos = self._todos.get(original_node)
        return with_todo(new, todos) if todos else new


def _handed_over(
    file: SourceFile, lines: Mapping[cst.CSTNode, Sequence[cst.SimpleStatementLine]]
) -> Iterator[tuple[cst.CSTNode, Sequence[cst.EmptyLine]]]:
    """Comments and blank lines above an import line that goes belong to what comes next."""
    for line, new in lines.items():
        block = file.parent(line)
        if (
            new
            or not isinstance(line, cst.SimpleStatementLine)
            or not isinstance(block, (cst.Module, cst.IndentedBlock))
        ):
            continue
        at = next(index for index, statement in enumerate(block.body) if statement is line)
        if at + 1 < len(block.body) and any(item.comment is not None for item in line.leading_lines):
            yield block.body[at + 1], line.leading_lines
