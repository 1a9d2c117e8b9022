"""Algebraic data: values that functions of the runtime make and look into, since Relax has no such types.

The functions are those of :mod:`relax_core.data_functions`. A constructor travels as its name. What a pattern asks of a
value is one boolean: a field is looked at only once its constructor is known, so tests of nested patterns stand in
branches inside of each other.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import relax_core.ir.expr as relax
import relax_core.ir.types as relax_types
from migrate.forward.external import bind_external, can_be_pure
from migrate.forward.types import convert_type
from relax_core.data_functions import DATA_FIELD, DATA_IS, DATA_MAKE, DATA_UNMATCHED
from relax_core.fragment import field_of
from relax_core.normalizer import Normalizer, finished
from relax_core.ops import as_scalar
from relax_core.types.leaves import type_of
from relay_compat.ir.adt import (
    Constructor,
    Match,
    Pattern,
    PatternConstructor,
    PatternTuple,
    PatternVar,
)
from relay_compat.ir.expr import Call, Var
from relay_compat.ir.types import GlobalTypeVar, TypeCall, TypeData
from relay_compat.types.patterns import handles_all
from relay_compat.types.substitute import substitute
from relay_compat.visit import reachable
from tensor_core.module import Expr, IRModule
from tensor_core.types import TupleType, Type

Values = dict[Expr, relax.Expr]
"""Relax values of Relay nodes."""

BOOL = relax_types.TensorType((), "bool")
OBJECT = relax_types.ObjectType()


def make(
    emitter: Normalizer, constructor: Constructor, fields: Sequence[relax.Expr], node: Call | None, output: bool
) -> relax.Expr:
    """Bind a value made by a constructor."""
    args = (as_scalar(constructor.name), *fields)
    span = node.span if node else None
    return bind_external(emitter, DATA_MAKE, args, OBJECT, span=span, origin=node, output=output)


def unmatched(emitter: Normalizer, node: Match, result: Type) -> relax.Expr:
    """Bind the failure of a match that has no arm for its value, in the place of a result of this type."""
    place = str(node.span) if node.span else ""
    return bind_external(emitter, DATA_UNMATCHED, (as_scalar(place),), result, span=node.span, output=True)


def constructor_function(constructor: Constructor, release: str) -> relax.Function:
    """A constructor as a function that any fields can be given to."""
    emitter = Normalizer(release)
    params = [relax.Var(f"field{n}", OBJECT) for n in range(len(constructor.inputs))]
    emitter.open(params)
    emitter.body.start(True)
    body = emitter.close(make(emitter, constructor, params, None, output=True))
    return finished(relax.Function(tuple(params), body, OBJECT, can_be_pure(release), {}), body)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a value: a pattern for it, the value it is in (itself when ``index`` is None), its type."""

    pattern: Pattern
    value: relax.Expr
    type: Type
    index: int | None = None


class Patterns:
    """Tests values against patterns and binds what these name. ``module`` is the Relay module with its data types."""

    def __init__(self, module: IRModule, emitter: Normalizer) -> None:
        self._module = module
        self._emitter = emitter
        # Patterns that some value of their type does not match, and patterns that bind variables.
        self._refutable: set[Pattern] = set()
        self._binding: set[Pattern] = set()

    def exhaustive(self, node: Match) -> bool:
        """Whether some arm takes every value."""
        return node.complete or handles_all([clause.lhs for clause in node.clauses], self._module)

    def _read(self, pattern: Pattern) -> None:
        for item in reachable(pattern):
            assert isinstance(item, Pattern | Var)
            parts = set(item.iter_children())
            if isinstance(item, Pattern):
                if self._is_asked(item) or parts & self._refutable:
                    self._refutable.add(item)
                if isinstance(item, PatternVar) or parts & self._binding:
                    self._binding.add(item)

    def test(self, pattern: Pattern, value: relax.Expr, type_: Type) -> relax.Expr | None:
        """Whether a value matches, as a value that branches take; None where it must."""
        emitter = self._emitter
        self._read(pattern)
        pending = [_Part(pattern, value, type_)]
        opened: list[relax.Expr] = []
        result: relax.Expr | None = None
        while pending:
            part = pending.pop()
            if part.pattern not in self._refutable:
                continue
            if result is not None:
                opened.append(result)
                emitter.open()
                emitter.body.start(True)
                result = None
            part = self._taken(part, "", True)
            if isinstance(part.pattern, PatternConstructor) and self._is_asked(part.pattern):
                name = as_scalar(part.pattern.constructor.name)
                result = bind_external(emitter, DATA_IS, (part.value, name), BOOL, span=part.pattern.span, output=True)
            pending += reversed(self._fields(part))
        return self._closed(opened, result)

    def _closed(self, opened: list[relax.Expr], result: relax.Expr | None) -> relax.Expr | None:
        """The conjunction of the conditions, under each of which the rest was computed."""
        emitter = self._emitter
        for condition in reversed(opened):
            assert result is not None
            inner = emitter.close(result)
            emitter.open()
            otherwise = emitter.close(relax.Constant(np.asarray(False)))
            emitter.body.start(False)
            result = emitter.bind(emitter.normal(relax.If(condition, inner, otherwise)))
            emitter.body.start(True)
        return result

    def bind(self, pattern: Pattern, value: relax.Expr, type_: Type, outlasting: Container[Expr]) -> Values:
        """What the variables of a pattern stand for in a value that matches. ``outlasting``: those whose values are
        used outside of the block under construction.
        """
        self._read(pattern)
        pending = [_Part(pattern, value, type_)]
        found: Values = {}
        while pending:
            part = pending.pop()
            if part.pattern not in self._binding:
                continue
            if isinstance(part.pattern, PatternVar):
                var = part.pattern.var
                output = var in outlasting or not can_be_pure(self._emitter.release)
                found[var] = self._taken(part, var.name, output).value
                continue
            part = self._taken(part, "", not can_be_pure(self._emitter.release))
            pending += reversed(self._fields(part))
        return found

    # ------------------------------------------------------------ parts

    def _taken(self, part: _Part, hint: str = "", output: bool = False) -> _Part:
        """The part with its own value, projected from what it is in."""
        if part.index is None:
            return part
        emitter, span = self._emitter, part.pattern.span
        if isinstance(type_of(part.value), TupleType):
            value = field_of(part.value, part.index)
            if isinstance(value, relax.TupleGetItem):
                value = emitter.bind(emitter.normal(value), hint, span, output=output)
        else:
            type_, args = convert_type(part.type, span), (part.value, as_scalar(part.index))
            value = bind_external(emitter, DATA_FIELD, args, type_, hint=hint, span=span, output=output)
        return _Part(part.pattern, value, part.type)

    def _fields(self, part: _Part) -> list[_Part]:
        pattern = part.pattern
        if isinstance(pattern, PatternTuple):
            assert isinstance(part.type, TupleType)
            types: Sequence[Type] = part.type.fields
        elif isinstance(pattern, PatternConstructor):
            types = self._types(pattern.constructor, part.type)
        else:
            return []
        fields = zip(pattern.patterns, types, strict=True)
        return [_Part(item, part.value, type_, number) for number, (item, type_) in enumerate(fields)]

    def _types(self, constructor: Constructor, type_: Type) -> list[Type]:
        variables = self._data(constructor).type_vars
        args = type_.args if isinstance(type_, TypeCall) else ()
        values = dict(zip(variables, args, strict=True))
        return [substitute(item, values) for item in constructor.inputs]

    def _data(self, constructor: Constructor) -> TypeData:
        definitions: Mapping[GlobalTypeVar, TypeData] = self._module.type_definitions
        return definitions[constructor.belong_to]

    def _is_asked(self, pattern: Pattern) -> bool:
        """Whether a value must be asked who made it: its type has several constructors."""
        return isinstance(pattern, PatternConstructor) and len(self._data(pattern.constructor).constructors) > 1
