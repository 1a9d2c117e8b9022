"""Where in which source a thing was written. Spans are values; a span outlives its source text."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceName:
    """The name of a source, as TVM's ``ir.SourceName``."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Span:
    """A region of a source, 1-based lines and columns, the end exclusive, as TVM's ``ir.Span``.

    ``declared`` is the span that the text itself states in a ``span=`` comment (or a JSON file in a Span node): where
    the front end that made the model says the node came from, while this span says where it stands in our input.
    """

    source: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0
    declared: Span | None = None

    @property
    def source_name(self) -> SourceName | None:
        """The source as an object; None for a span without one."""
        return SourceName(self.source) if self.source else None

    def same_as(self, other: object) -> bool:
        """Whether both are one object."""
        return self is other

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(slots=True)
class Source:
    """A named text with a line table, so that offsets become spans in O(log lines)."""

    name: str
    text: str
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = [0]
        find = self.text.find
        position = find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = find("\n", position + 1)
        self._starts = starts

    def span(self, start: int, end: int | None = None, declared: Span | None = None) -> Span:
        """The span of ``text[start:end]``; ``end`` defaults to one character."""
        starts = self._starts
        line = bisect_right(starts, start)
        column = start - starts[line - 1] + 1
        if end is None:
            return Span(self.name, line, column, line, column + 1, declared)
        last = bisect_right(starts, end, line - 1)
        return Span(self.name, line, column, last, end - starts[last - 1] + 1, declared)

    def line(self, number: int) -> str:
        """The text of one line (1-based) without its line break; empty when there is no such line."""
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")
