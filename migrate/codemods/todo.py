"""What a person has to look at, said above the statement: ``# TODO(relay2relax RULE): text``."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import libcst as cst

from migrate.codemods.rule import New

_WIDTH = 100


def noted(statement: cst.CSTNode, rule: str) -> bool:
    """Whether a TODO of this rule stands above a statement already."""
    lines = getattr(statement, "leading_lines", ())
    return any(line.comment is not None and line.comment.value.startswith(_head(rule)) for line in lines)


def with_todo(new: New, todos: Sequence[tuple[str, str]]) -> New:
    """A statement, or the first of several, with TODOs right above it."""
    lines: list[cst.EmptyLine] = []
    for rule, text in todos:
        wrapped = textwrap.wrap(f"{_head(rule)} {text}", _WIDTH, subsequent_indent="#   ", break_long_words=False)
        lines += [cst.EmptyLine(comment=cst.Comment(line)) for line in wrapped]
    return above(new, lines, nearest=True)


def above(new: New, lines: Sequence[cst.EmptyLine], *, nearest: bool = False) -> New:
    """A statement, or the first of several, with lines above it: above its own ones, or with ``nearest`` below them."""
    if isinstance(new, cst.RemovalSentinel):
        return new
    first, *rest = new if isinstance(new, cst.FlattenSentinel) else (new,)
    own = tuple(getattr(first, "leading_lines", ()))
    first = first.with_changes(leading_lines=(*own, *lines) if nearest else (*lines, *own))
    return cst.FlattenSentinel([first, *rest]) if rest else first


def _head(rule: str) -> str:
    return f"# TODO(relay2relax {rule}):"
