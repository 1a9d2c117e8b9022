"""Notebooks are ported as one text: the code cells in order, each behind a line that names it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

from migrate.codemods.driver import PortResult
from migrate.codemods.magics import Masked, is_other_language, mask
from migrate.codemods.notebook_json import CodeCell, code_cells, with_sources
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, Severity, fail
from tensor_core.spans import Source, Span

_BORDER = re.compile(r"^__relay2relax_cell_(\d+)__\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Part:
    cell: CodeCell
    masked: Masked
    first: int
    """The line of the joined text that its first line is."""


def cell_source(name: str, number: int) -> str:
    """What spans in a cell call their source."""
    return f"{name}:cell {number}"


def cell_sources(text: str, name: str) -> dict[str, Source]:
    """The text of each code cell, by what spans call it."""
    return {(source := cell_source(name, cell.number)): Source(source, cell.text) for cell in code_cells(text, name)}


def port_notebook(text: str, name: str, port: Callable[[str, str], PortResult]) -> PortResult:
    """What ``port`` makes of the code cells of a notebook, whose JSON is ``text``; ``port`` gets a text and its name.

    Cells keep their borders and their magics; bytes outside of changed cells stay. Places are told by cell. A cell
    that is no Python is left out with R2R0801; R2R0810 when the text is no notebook.
    """
    parts, refusals = _parts(code_cells(text, name), name)
    joined = "".join(f"__relay2relax_cell_{part.cell.number}__\n{_ended(part.masked.text)}" for part in parts)
    result = port(joined, name)
    changed = _cells(result.text, parts, name) if result.text != joined else {}
    moved = _Moved(parts, name)
    return replace(
        result,
        text=with_sources(text, changed),
        applied=tuple(replace(item, span=moved.span(item.span)) for item in result.applied),
        refusals=(*refusals, *(replace(item, span=moved.maybe(item.span)) for item in result.refusals)),
        places=tuple(replace(item, span=moved.span(item.span)) for item in result.places),
    )


def _parts(cells: tuple[CodeCell, ...], name: str) -> tuple[list[_Part], list[Diagnostic]]:
    parts: list[_Part] = []
    refusals: list[Diagnostic] = []
    line = 1
    for cell in cells:
        if is_other_language(cell.text):
            continue
        masked = mask(cell.text)
        problem = _problem(masked, cell_source(name, cell.number))
        if problem is not None:
            refusals.append(problem)
            continue
        parts.append(_Part(cell, masked, line + 1))
        line += 1 + _ended(masked.text).count("\n")
    return parts, refusals


def _ended(text: str) -> str:
    return text + "\n" if text and not text.endswith("\n") else text


def _problem(masked: Masked, source: str) -> Diagnostic | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(masked.text)
    except SyntaxError as error:
        reason, at, column = error.msg, error.lineno or 1, error.offset or 1
    except (ValueError, RecursionError, MemoryError) as error:
        reason, at, column = str(error) or type(error).__name__, 1, 1
    else:
        return None
    line = masked.lines[min(at, len(masked.lines)) - 1]
    return Diagnostic(
        codes.BAD_PYTHON,
        f"the cell is not Python: {reason}",
        Span(source, line, max(1, column), line, max(1, column) + 1),
        "the other cells are ported without it",
        Severity.WARNING,
    )


def _cells(text: str, parts: list[_Part], name: str) -> dict[CodeCell, str]:
    """The new sources of the cells that changed."""
    before, *found = _BORDER.split(text)
    numbers, texts = [int(number) for number in found[::2]], found[1::2]
    if numbers != [part.cell.number for part in parts]:
        raise _lost(name)
    texts[0] = before + texts[0]
    changed: dict[CodeCell, str] = {}
    for part, new in zip(parts, texts, strict=True):
        ended = new if part.masked.text.endswith("\n") or not new.endswith("\n") else new[:-1]
        if ended == part.masked.text:
            continue
        restored = part.masked.restored(ended)
        if restored is None:
            raise _lost(name)
        changed[part.cell] = restored
    return changed


def _lost(name: str) -> Exception:
    return fail(
        codes.PORT_FAILED,
        f"{name}: a rule moved code across cells or took out a line of IPython",
        hint="leave out rules with --disable until the notebook is ported",
    )


class _Moved:
    """Places of the joined text as places in cells."""

    def __init__(self, parts: list[_Part], name: str) -> None:
        self._lines: dict[int, tuple[str, int]] = {}
        for part in parts:
            source = cell_source(name, part.cell.number)
            for offset, line in enumerate(part.masked.lines):
                self._lines[part.first + offset] = (source, line)

    def span(self, span: Span) -> Span:
        source, line = self._lines.get(span.line, (span.source, span.line))
        end = self._lines.get(span.end_line, (source, line))[1]
        return replace(span, source=source, line=line, end_line=end)

    def maybe(self, span: Span | None) -> Span | None:
        return None if span is None else self.span(span)
