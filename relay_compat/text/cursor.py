"""The reading position in a token list, and how reading fails."""

from __future__ import annotations

from relay_compat.text.tokens import Tokens
from tensor_core import codes
from tensor_core.diagnostics import Code, Diagnostic, DiagnosticError
from tensor_core.limits import Limits
from tensor_core.spans import Source, Span

_PLAIN = {"end": "the end of the text", "bad": "an unreadable character"}


class Cursor:
    """A position in a token list with the few moves that parsing needs."""

    def __init__(self, tokens: Tokens, limits: Limits) -> None:
        self.tokens = tokens
        self.source: Source = tokens.source
        self.kinds = tokens.kinds
        self.texts = tokens.texts
        self.starts = tokens.starts
        self.position: int = 0
        self.limits = limits

    def accept(self, kind: str) -> bool:
        """Step over a token of this kind if it is next."""
        if self.kinds[self.position] == kind:
            self.position += 1
            return True
        return False

    def expect(self, kind: str, where: str, opened: int | None = None) -> str:
        """Step over a token of this kind and return its text.

        DiagnosticError R2R0101 when another one is next (R2R0102 at the end of the text), with a note pointing at the
        token ``opened`` that the missing one closes.
        """
        position = self.position
        if self.kinds[position] == kind:
            self.position = position + 1
            return self.texts[position]
        name = repr(kind) if len(kind) < 3 else f"a {kind}"
        raise self.unexpected(f"expected {name} {where}", opened)

    def unexpected(self, expected: str, opened: int | None = None) -> DiagnosticError:
        """The error for the next token not being what the grammar asks for."""
        kind, text = self.kinds[self.position], self.texts[self.position]
        shown = _PLAIN.get(kind) or repr(text if len(text) <= 40 else text[:37] + "...")
        code = codes.UNEXPECTED_END if kind == "end" else codes.SYNTAX
        notes = () if opened is None else (("opened here", self.span_of(opened)),)
        hint = "the text seems to be cut off" if kind == "end" else ""
        return self.error(code, f"{expected}, found {shown}", self.span_of(self.position), hint, notes)

    def error(
        self,
        code: Code,
        message: str,
        span: Span | None,
        hint: str = "",
        notes: tuple[tuple[str, Span | None], ...] = (),
    ) -> DiagnosticError:
        """A diagnostic in this source."""
        return DiagnosticError(Diagnostic(code, message, span, hint, notes=notes), source=self.source)

    def span_of(self, index: int) -> Span:
        """The span of one token."""
        start = self.starts[index]
        return self.source.span(start, start + max(1, len(self.texts[index])))

    def end_offset(self) -> int:
        """Where the token before the position ends."""
        return self.starts[self.position - 1] + len(self.texts[self.position - 1])

    def span_from(self, index: int) -> Span:
        """The span from token ``index`` to the token before the position."""
        return self.source.span(self.starts[index], self.end_offset())

    def nested(self, depth: int) -> None:
        """R2R0111 when types, patterns or attribute values nest deeper than the limit."""
        if depth > self.limits.nesting:
            raise self.error(
                codes.LIMIT, f"nested deeper than {self.limits.nesting} levels", self.span_of(self.position)
            )
