"""Which lines of the Relax text say which Relay call.

What a call was converted to is known of a module converted a moment ago. Its bindings are found again in the text by
their order: in the converter's own script one for one, in a script that was edited by what stayed as it was. Where
both programs were run and compared, values say the rest (``by_values``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from migrate.report.model import Report
from migrate.report.page.relax_bindings import RelaxBinding
from tensor_core.spans import Span

Place = tuple[int, int]
"""Line and column."""
MOST_COMPARED = 4_000
"""Rows between the first and the last difference that are compared one by one: that takes the square of time."""


def place(span: Span | None) -> Place | None:
    """Line and column of a span."""
    return (span.line, span.column) if span else None


def aligned(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of places at which both sequences say the same, in order."""
    start, most = 0, min(len(left), len(right))
    while start < most and left[start] == right[start]:
        yield start, start
        start += 1
    tail = 0
    while tail < most - start and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    inner_left, inner_right = left[start : len(left) - tail], right[start : len(right) - tail]
    if len(inner_left) <= MOST_COMPARED and len(inner_right) <= MOST_COMPARED:
        for block in SequenceMatcher(None, inner_left, inner_right, autojunk=False).get_matching_blocks():
            yield from ((start + block.a + n, start + block.b + n) for n in range(block.size))
    yield from ((len(left) - n, len(right) - n) for n in range(tail, 0, -1))


def by_conversion(
    report: Report, converted: Sequence[RelaxBinding], shown: Sequence[RelaxBinding]
) -> Mapping[Place, list[int]]:
    """By place of a Relay call, the bindings among those ``shown`` that say it."""
    keys = [[f"{item.function}: {item.says}" for item in side] for side in (converted, shown)]
    numbers_of = dict(aligned(*keys))
    numbers = {converted[number].var: other for number, other in numbers_of.items()}
    found: dict[Place, list[int]] = defaultdict(list)
    for item in report.conversions:
        at = place(item.span)
        if at is not None:
            found[at] += [numbers[var] for var in item.made if var in numbers]
    for number, other in numbers_of.items():
        # Calls of functions are no conversions; their bindings know where they came from.
        at = place(converted[number].span)
        if at is not None and at not in found:
            found[at] = [other]
    return {at: sorted(set(made)) for at, made in found.items() if made}
