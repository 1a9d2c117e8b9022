"""Reports and verdicts for notebooks and for rich: what the commands show, without a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.text import Text

from migrate.backward.revert import Reversion
from migrate.forward.result import ConversionResult
from migrate.report.model import Report
from migrate.report.shown import Shown
from migrate.report.terminal import report_parts, verdict_parts
from migrate.verify.verdict import Verdict
from tensor_core.diagnostics import render

_WIDTH = 120
"""Columns of what notebooks show."""
_PAGE = '<pre style="line-height:1.25;overflow-x:auto">{code}</pre>'


def form(of: Shown) -> Group:
    """Of a verdict what was compared and the witness of a difference; of a report, and of what holds one, the table of
    op calls, what needs a look, and the diagnostics. TypeError for anything else.
    """
    match of:
        case Verdict():
            return _group(verdict_parts(of))
        case Report():
            return _group([*report_parts(of), *(Text(render(item)) for item in of.diagnostics)])
        case ConversionResult() | Reversion():
            return form(of.report)
        case _:
            raise TypeError(f"nothing is known to show of {type(of).__name__}")


def html(shown: RenderableType) -> str:
    """The same in HTML, with its styles in place."""
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), highlight=False)
    console.print(shown)
    return console.export_html(inline_styles=True, code_format=_PAGE)


def _group(parts: Iterable[RenderableType]) -> Group:
    return Group(*(Text.from_markup(part) if isinstance(part, str) else part for part in parts))
