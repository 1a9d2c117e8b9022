"""Types recorded in ``/* ty=... */`` comments, read where nothing else knows the type: calls of unknown operators."""

from __future__ import annotations

from typing import Any

from relay_compat.text.names import NameParser
from relay_compat.text.tokens import tokenize
from relay_compat.text.types import TypeParser
from tensor_core.types import Type

_PREFIX = "/* ty="


class _CommentParser(TypeParser):
    """Reads a type inside a comment with the names of the text around it."""

    def __init__(self, around: NameParser, start: int, end: int) -> None:
        super().__init__(tokenize(around.source, around.limits, start, end), around.limits)
        self.type_names = around.type_names
        self.type_scope = around.type_scope
        self._around = around

    def resolve_meta(self, index: int) -> Any:
        return self._around.resolve_meta_text(self.texts[index], self.span_of(index))


def recorded_type(parser: NameParser) -> Type | None:
    """The type that the comment at the parser's position records, if there is one."""
    text = parser.recorded_type()
    if text is None:
        return None
    start = parser.source.text.index(_PREFIX, parser.end_offset()) + len(_PREFIX)
    comment = _CommentParser(parser, start, start + len(text))
    result = comment.type()
    if comment.kinds[comment.position] != "end":
        raise comment.unexpected("expected the end of the recorded type")
    return result
