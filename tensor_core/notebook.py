"""Source text for notebooks."""

from __future__ import annotations

from html import escape

LINES = 400
"""Lines that are shown; a model has many more."""


def source_html(text: str) -> str:
    """Text as it stands, in HTML: its first :data:`LINES` lines, and how many more there are."""
    lines = text.splitlines()
    rest = f"\n... {len(lines) - LINES:,} more lines" if len(lines) > LINES else ""
    shown = "\n".join(lines[:LINES])
    return f'<pre style="line-height:1.25;overflow-x:auto">{escape(shown, quote=False)}{rest}</pre>'
