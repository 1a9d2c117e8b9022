"""The text of a script as a Python syntax tree, with spans for its nodes. Nothing of it is ever executed."""

from __future__ import annotations

import ast
import warnings
from typing import NoReturn, cast

from relax_core.text.type_params import extract
from tensor_core import codes
from tensor_core.diagnostics import Code, DiagnosticError, fail
from tensor_core.spans import Source, Span

MAX_BYTES = 256 * 1024 * 1024
"""The largest text that is read."""
MAX_NESTING = 60
"""How deep expressions may nest; a printed module needs five."""


class Script:
    """A parsed text. ``error`` makes the exception for a node; ``span`` says where a node stands."""

    def __init__(self, text: str, source_name: str) -> None:
        self.source = Source(source_name, text)
        self._ascii = text.isascii()
        plain, found = extract(text) if len(text) <= MAX_BYTES else (text, [])
        self._type_params = {self.source.span(item.start).line: item for item in found}
        self.tree = self._parse(plain)

    def _parse(self, text: str) -> ast.Module:
        if len(text) > MAX_BYTES:
            raise self._failed(codes.LIMIT, f"the text has {len(text)} characters, more than {MAX_BYTES}", None)
        try:
            return parse(text)
        except SyntaxError as error:
            line, column = error.lineno or 1, max(error.offset or 1, 1)
            raise self._failed(
                _fault(error.msg or ""),
                f"not Python syntax: {error.msg}",
                Span(self.source.name, line, column, line, column + 1),
            ) from None
        except (RecursionError, MemoryError):
            raise self._failed(codes.LIMIT, "the text nests too deep", None) from None
        except ValueError as error:
            raise self._failed(codes.SYNTAX, f"not Python source: {error}", None) from None

    def _failed(self, code: Code, message: str, span: Span | None) -> DiagnosticError:
        return fail(code, message, span or Span(self.source.name, 1, 1, 1, 2), source=self.source)

    def span(self, node: ast.AST) -> Span:
        """Where a node stands, columns in characters."""
        # Every node that reaches this has a place: statements, expressions, parameters.
        placed = cast(ast.expr, node)
        line, column = placed.lineno, placed.col_offset
        end_line, end = placed.end_lineno or line, placed.end_col_offset or column + 1
        if not self._ascii:
            column, end = self._characters(line, column), self._characters(end_line, end)
        return Span(self.source.name, line, column + 1, end_line, end + 1)

    def _characters(self, line: int, offset: int) -> int:
        # The syntax tree counts bytes of UTF-8.
        return len(self.source.line(line).encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

    def type_params(self, node: ast.FunctionDef | ast.ClassDef) -> list[str]:
        """The names of a definition's type parameters; R2R0112 for such as no printer writes."""
        found = self._type_params.get(node.lineno)
        if found is None:
            return []
        if found.fault:
            raise self.error(self.source.span(found.start, found.end), codes.UNSUPPORTED_SYNTAX, found.fault)
        names: dict[str, None] = {}
        for name, place in found.names:
            if name in names:
                span = self.source.span(place, place + len(name))
                raise self.error(span, codes.DUPLICATE_NAME, f"the type parameter {name} occurs twice")
            names[name] = None
        return list(names)

    def error(self, node: ast.AST | Span, code: Code, message: str, hint: str = "") -> DiagnosticError:
        """The exception for a problem with a node; the caller raises it."""
        span = node if isinstance(node, Span) else self.span(node)
        return fail(code, message, span, hint, self.source)

    def unsupported(self, node: ast.AST, what: str) -> NoReturn:
        """Refuse a construct that this reader does not take."""
        raise self.error(node, codes.UNSUPPORTED_SYNTAX, what)


def parse(text: str) -> ast.Module:
    """Python's syntax tree of a text, without its warnings of odd literals; raises what ``ast.parse`` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def expression(text: str) -> ast.expr:
    """As :func:`parse`, of one expression."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode="eval").body


def _fault(message: str) -> Code:
    if "too many" in message:
        # Python's own limits: of nested brackets, of levels of indentation.
        return codes.LIMIT
    cut = ("was never closed", "expected an indented block", "unexpected EOF")
    return codes.UNEXPECTED_END if any(item in message for item in cut) else codes.SYNTAX


def dotted(node: ast.AST) -> str:
    """``R.nn.relu`` for the attribute chain; empty when the node is none."""
    parts: list[str] = []
    while type(node) is ast.Attribute:
        parts.append(node.attr)
        node = node.value
    if type(node) is not ast.Name:
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))
