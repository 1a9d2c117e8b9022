"""Rewrites one source file by rules: plan on the original tree, then carry out all edits in one walk."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

import migrate.codemods.rules
from migrate.codemods.imports import Import, statement
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Rule
from migrate.codemods.source import check, parse, too_deep
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, fail
from tensor_core.spans import Span


@dataclass(frozen=True, slots=True)
class Applied:
    """One edit that was carried out; ``span`` is its place in the original text."""

    rule: str
    span: Span


@dataclass(frozen=True, slots=True)
class PortResult:
    """The new text, what was changed, and what was recognised but left alone."""

    text: str
    applied: tuple[Applied, ...]
    refusals: tuple[Diagnostic, ...]


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every rule, one per file of :mod:`migrate.codemods.rules`, by identifier."""
    package = migrate.codemods.rules
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)
    ]
    return tuple(sorted((module.RULE for module in modules), key=lambda rule: rule.id))


def rules_named(identifiers: Sequence[str]) -> tuple[Rule, ...]:
    """The rules with these identifiers, all of them when none is named. R2R0703 for an unknown one."""
    known = {rule.id: rule for rule in all_rules()}
    for identifier in identifiers:
        if identifier not in known:
            raise fail(codes.BAD_OPTION, f"no rule is called {identifier!r}", hint=f"the rules: {', '.join(known)}")
    return tuple(known[identifier] for identifier in identifiers) if identifiers else all_rules()


def port_source(source: str, name: str, rules: Sequence[Rule] | None = None) -> PortResult:
    """Apply rules (default: all) to a source text; outside the edited places every byte stays.

    Edits are planned on the text as it is. Applying the same rules to the result changes nothing more.
    Raises DiagnosticError R2R0801 when the text is not Python, or is nested too deeply.
    """
    try:
        return _port(source, name, all_rules() if rules is None else rules)
    except RecursionError as error:
        # The depth that can be visited also depends on the depth of the caller.
        raise too_deep(name) from error


def _port(source: str, name: str, rules: Sequence[Rule]) -> PortResult:
    rules = [rule for rule in rules if rule.concerns(source)]
    if not rules:
        check(source, name)
        return PortResult(source, (), ())
    file = SourceFile(parse(source, name), name)
    edits: dict[cst.CSTNode, Edit] = {}
    refusals: list[Diagnostic] = []
    for rule in rules:
        for item in rule.plan(file):
            if isinstance(item, Edit):
                edits.setdefault(item.node, item)
            else:
                refusals.append(item)
    applied = sorted(
        (Applied(edit.rule, file.span(node)) for node, edit in edits.items()), key=lambda item: _place(item.span)
    )
    refusals.sort(key=lambda item: _place(item.span))
    text = file.module.visit(_Apply(edits)).code if edits else source
    return PortResult(text, tuple(applied), tuple(refusals))


def _place(span: Span | None) -> tuple[int, int]:
    return (span.line, span.column) if span else (0, 0)


class _Apply(cst.CSTTransformer):
    def __init__(self, edits: dict[cst.CSTNode, Edit]) -> None:
        super().__init__()
        self._edits = edits
        self._imports: dict[cst.CSTNode, dict[tuple[str, str], Import]] = {}
        for edit in edits.values():
            for item in edit.imports:
                self._imports.setdefault(item.beside, {})[item.package, item.module] = item

    def on_leave(
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
        edit = self._edits.get(original_node)
        if edit is not None:
            return edit.rewrite(updated_node)
        added = self._imports.get(original_node)
        if added is not None:
            return cst.FlattenSentinel([updated_node, *(statement(added[key]) for key in sorted(added))])
        return updated_node
