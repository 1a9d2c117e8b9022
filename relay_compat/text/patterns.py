"""Patterns of match arms in text."""

from __future__ import annotations

from relay_compat.ir.adt import Pattern, PatternConstructor, PatternTuple, PatternVar, PatternWildcard
from relay_compat.text.literals import plain_name
from relay_compat.text.names import NameParser
from tensor_core import codes
from tensor_core.diagnostics import did_you_mean


class PatternParser(NameParser):
    """Reads patterns and declares the variables they bind."""

    def pattern(self, depth: int) -> Pattern:
        """Read one pattern. R2R0103 for a constructor that no type has."""
        self.nested(depth)
        start = self.position
        kind = self.kinds[start]
        if kind == "_":
            self.position += 1
            return PatternWildcard(self.span_of(start))
        if kind == "local":
            name = self.new_name("as a pattern")
            device = self.device()
            annotation = self.annotation(":")
            return PatternVar(self.declare(start, annotation, name, device), self.span_from(start))
        if kind == "(":
            return PatternTuple(self._patterns(depth), self.span_from(start))
        if kind != "name":
            raise self.unexpected("expected a pattern")
        name = plain_name(self.texts[start])
        constructor = self.constructors.get(name)
        if constructor is None:
            hint = did_you_mean(name, self.constructors) or f"a variable is written %{name}"
            raise self.error(codes.UNDEFINED_NAME, f"undefined constructor {name}", self.span_of(start), hint)
        self.position += 1
        fields = self._patterns(depth) if self.kinds[self.position] == "(" else ()
        return PatternConstructor(constructor, fields, self.span_from(start))

    def _patterns(self, depth: int) -> tuple[Pattern, ...]:
        opened = self.position
        self.position += 1
        result: list[Pattern] = []
        while not self.accept(")"):
            result.append(self.pattern(depth + 1))
            if not self.accept(",") and self.kinds[self.position] != ")":
                raise self.unexpected("expected ',' or ')' after a pattern", opened)
        return tuple(result)
