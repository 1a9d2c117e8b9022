"""The values of variables and type parameters where an expression is evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relay_compat.ir.adt import Pattern, PatternConstructor, PatternTuple, PatternVar
from relay_compat.ir.expr import Var
from relay_compat.ir.types import Type, TypeVar
from relay_compat.partial.values import Fields, Partial, unknown
from relay_compat.types.substitute import substitute
from tensor_core import codes
from tensor_core.diagnostics import fail

MATCH, CLASH, UNKNOWN = "match", "clash", "unknown"


class Scope:
    """One call of a function, or one arm of a match, within the scope in which it was written."""

    __slots__ = ("_outer", "_types", "_values")

    def __init__(self, outer: Scope | None = None, types: Mapping[TypeVar, Type] | None = None) -> None:
        self._outer = outer
        self._values: dict[Var, Partial] = {}
        self._types: Mapping[TypeVar, Type] = {**(outer._types if outer else {}), **(types or {})}

    def bind(self, var: Var, value: Partial) -> None:
        """Give a variable a value."""
        self._values[var] = value

    def bind_all(self, params: Sequence[Var], values: Sequence[Partial]) -> None:
        """Give parameters their values."""
        self._values.update(zip(params, values, strict=True))

    def __getitem__(self, var: Var) -> Partial:
        scope: Scope | None = self
        while scope is not None:
            if var in scope._values:
                return scope._values[var]
            scope = scope._outer
        raise fail(codes.UNDEFINED_NAME, f"%{var.name} is used where it is not defined", var.span)

    def type(self, type_: Type | None) -> Type | None:
        """A type of the program with the type parameters replaced."""
        return type_ if type_ is None or not self._types else substitute(type_, self._types)

    def types(self, items: Sequence[Type]) -> tuple[Type, ...]:
        """Types of the program with the type parameters replaced."""
        return tuple([substitute(item, self._types) for item in items]) if self._types else tuple(items)

    def renamed(self, var: Var) -> Var:
        """A new variable for the code, bound to itself."""
        result = Var(var.name, self.type(var.type_annotation), var.span, var.virtual_device)
        self.bind(var, unknown(result))
        return result

    def match(self, pattern: Pattern, value: Partial) -> str:
        """Whether a value matches, as far as is known; binds the variables of the pattern."""
        if isinstance(pattern, PatternVar):
            self.bind(pattern.var, value)
            return MATCH
        if not isinstance(pattern, (PatternConstructor, PatternTuple)):
            return MATCH
        known = value.known
        if not isinstance(known, Fields):
            return UNKNOWN
        if isinstance(pattern, PatternConstructor) and not (
            known.constructor and pattern.constructor.is_same(known.constructor)
        ):
            return CLASH
        found = MATCH
        for inner, item in zip(pattern.patterns, known.items, strict=True):
            one = self.match(inner, item)
            if one == CLASH:
                return CLASH
            found = UNKNOWN if one == UNKNOWN else found
        return found

    def copied(self, pattern: Pattern) -> Pattern:
        """The pattern with new variables."""
        match pattern:
            case PatternVar():
                return PatternVar(self.renamed(pattern.var))
            case PatternConstructor():
                return PatternConstructor(pattern.constructor, tuple(map(self.copied, pattern.patterns)))
            case PatternTuple():
                return PatternTuple(tuple(map(self.copied, pattern.patterns)))
            case _:
                return pattern
