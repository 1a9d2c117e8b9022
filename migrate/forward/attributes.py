"""Attributes of functions and modules: what Relay and Relax call the same thing, and what Relax cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from migrate.report.model import Report
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, Severity
from tensor_core.spans import Span

RELAX_NAMES = {"Compiler": "Codegen"}
"""Relay's names that Relax has another word for: the code generator that an external function is for."""

PRIVATE = "private"
"""The mark of a Relay function that nothing outside of the module calls: Relax functions without a symbol."""

_MARKS = frozenset({"Inline", "Closure", PRIVATE})
"""Marks for passes of Relay's own build: after PartitionGraph, and of its LambdaLift."""


def function_attrs(attrs: Mapping[str, Any], name: str, span: Span | None, report: Report) -> dict[str, Any]:
    """The attributes of a Relax function for those of a Relay function, in their order; others are reported."""
    known = {RELAX_NAMES.get(key, key): value for key, value in attrs.items() if key not in _MARKS}
    return _said(known, f"function @{name}", span, report)


def module_attrs(attrs: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The attributes of a Relax module for those of a Relay module (its executor and runtime are Relay's own)."""
    return _said(attrs, "the module", None, report)


def _said(attrs: Mapping[str, Any], owner: str, span: Span | None, report: Report) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in attrs.items():
        if _is_plain(value):
            kept[name] = value
            continue
        message = f"attribute {name!r} of {owner} holds an object that Relax has no word for"
        hint = "set it on the Relax module where that is built"
        report.diagnostics.append(Diagnostic(codes.ATTRIBUTE_LEFT_OUT, message, span, hint, Severity.WARNING))
    return kept


def _is_plain(value: Any) -> bool:
    """Whether a value is made of what text says: numbers, strings, lists and mappings of such."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str | int | float | None):
            continue
        if isinstance(item, Mapping):
            stack.extend(cast("Mapping[str, Any]", item).values())
        elif isinstance(item, Sequence):
            stack.extend(cast("Sequence[Any]", item))
        else:
            return False
    return True
