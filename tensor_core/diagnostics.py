"""Every message the product gives: a stable code, a span, a reason and what to do next.

Codes live in one catalogue (:mod:`tensor_core.codes`); text is rendered by one function, the JSON twin by another.
"""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from tensor_core.spans import Source, Span


class Severity(enum.Enum):
    """How much a diagnostic weighs: an error stops its command or its op, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of the catalogue: a stable identifier, a short title, and a paragraph for ``explain``."""

    id: str
    title: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message. ``notes`` point at other places that matter (defined here / used here)."""

    code: Code
    message: str
    span: Span | None = None
    hint: str = ""
    severity: Severity = Severity.ERROR
    notes: tuple[tuple[str, Span | None], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The machine form, a twin of :func:`render`."""
        return {
            "code": self.code.id,
            "title": self.code.title,
            "severity": self.severity.value,
            "message": self.message,
            "hint": self.hint,
            "span": _span_json(self.span),
            "notes": [{"message": text, "span": _span_json(span)} for text, span in self.notes],
        }

    def __str__(self) -> str:
        where = f"{self.span}: " if self.span else ""
        return f"{where}{self.severity.value}[{self.code.id}]: {self.message}"


class ProductError(RuntimeError):
    """Base of the errors that the product raises on purpose."""


class DiagnosticError(ProductError):
    """Raised when work cannot go on; carries one or more diagnostics and, where known, the source they point into."""

    def __init__(self, *diagnostics: Diagnostic, source: Source | None = None) -> None:
        self.diagnostics = diagnostics
        self.source = source
        super().__init__("\n".join(str(d) for d in diagnostics))


class MismatchError(DiagnosticError, TypeError, ValueError):
    """Arguments or attributes that an operator does not take: TypeError and ValueError, of which TVM raises either."""


def fail(
    code: Code, message: str, span: Span | None = None, hint: str = "", source: Source | None = None
) -> DiagnosticError:
    """Build the exception for a single error; the caller raises it. What is wrong with a call alone (R2R0105, R2R0201,
    R2R0202, R2R0204) is a :class:`MismatchError`.
    """
    kind = MismatchError if code.id in _OF_CALLS else DiagnosticError
    return kind(Diagnostic(code, message, span, hint), source=source)


def located(error: DiagnosticError, span: Span | None) -> DiagnosticError:
    """The same error, its diagnostics without a place at this one."""
    return type(error)(*(replace(item, span=item.span or span) for item in error.diagnostics), source=error.source)


def named(error: DiagnosticError, name: str) -> DiagnosticError:
    """The same error, its messages told of ``name`` (an operator or function) where they do not mention it."""
    mentioned = re.compile(rf"(?<!\w){re.escape(name.rpartition('.')[2])}(?!\w)").search
    told = [
        item if mentioned(item.message) else replace(item, message=f"{name}: {item.message}")
        for item in error.diagnostics
    ]
    return type(error)(*told, source=error.source)


_OF_CALLS = frozenset({"R2R0105", "R2R0201", "R2R0202", "R2R0204"})
_CANDIDATES = 2000


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that lists the known names most similar to ``name``; empty when none is similar."""
    close = difflib.get_close_matches(name, list(islice(known, _CANDIDATES)), 3, 0.7)
    return f"did you mean {' or '.join(close)}?" if close else ""


def render(diagnostic: Diagnostic, source: Source | None = None) -> str:
    """The terminal form: ``file:line:col: error[CODE]: message``, the line, a caret under the span, notes, the hint."""
    lines = [str(diagnostic)]
    lines += _excerpt(diagnostic.span, source)
    for text, span in diagnostic.notes:
        lines.append(f"{span}: note: {text}" if span else f"note: {text}")
        lines += _excerpt(span, source)
    if diagnostic.hint:
        lines.append(f"help: {diagnostic.hint}")
    return "\n".join(lines)


_WIDTH = 160


def _excerpt(span: Span | None, source: Source | None) -> list[str]:
    if span is None or source is None or span.source != source.name:
        return []
    text = source.line(span.line)
    column = span.column - 1
    last = span.end_column - 1 if span.end_line == span.line else len(text)
    # A printed module has lines of many thousand characters: show the window around the caret.
    start = max(0, column - _WIDTH // 2) if len(text) > _WIDTH else 0
    window = text[start : start + _WIDTH].replace("\t", " ")
    length = max(1, min(last, start + len(window)) - column)
    margin = f"{span.line:>5} | "
    return [margin + window, " " * (len(margin) - 2) + "| " + " " * (column - start) + "^" * length]


def _span_json(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {
        "source": span.source,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "declared": str(span.declared) if span.declared else None,
    }
