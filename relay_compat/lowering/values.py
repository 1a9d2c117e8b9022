"""What programs do with references and data constructors: Python code that the machine runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from relay_compat.ir.adt import Constructor, Pattern, PatternConstructor, PatternTuple, PatternVar
from relay_compat.values import ConstructorValue, RefValue
from tensor_core import codes, effects
from tensor_core.diagnostics import fail
from tensor_core.program import Host
from tensor_core.spans import Span

Function = Callable[[tuple[Any, ...], Host], Any]

CREATE, READ, WRITE = ("ref.new",), ("ref.read",), ("ref.write",)
"""What the code of references does, as :class:`~tensor_core.program.RunHost` says it."""
DATA_MAKE = "data.make"


def create(values: tuple[Any, ...], host: Host) -> RefValue:
    """A new reference."""
    del host
    return effects.new(values[0])


def read(values: tuple[Any, ...], host: Host) -> Any:
    """What a reference holds."""
    del host
    return effects.read(values[0])


def write(values: tuple[Any, ...], host: Host) -> tuple[()]:
    """Let a reference hold another value."""
    del host
    effects.write(values[0], values[1])
    return ()


def construct(constructor: Constructor) -> Function:
    """A value of an algebraic data type."""

    def made(values: tuple[Any, ...], host: Host) -> ConstructorValue:
        del host
        return ConstructorValue(constructor, values)

    return made


def callable_of(constructor: Constructor) -> Callable[..., ConstructorValue]:
    """A constructor as a function value."""
    return lambda *fields: ConstructorValue(constructor, fields)


def matches(pattern: Pattern) -> Function:
    """Whether a value matches, and the values of the pattern's variables in order, as a tuple of both."""

    def tried(values: tuple[Any, ...], host: Host) -> tuple[Any, tuple[Any, ...]]:
        del host
        bound = _bound(pattern, values[0])
        return np.asarray(bound is not None), tuple(bound or ())

    return tried


def key_of(pattern: Pattern) -> tuple[Any, ...]:
    """What :func:`matches` does for a pattern: the pattern, in the order of a walk, without the names in it."""
    found: list[Any] = []
    stack = [pattern]
    while stack:
        current = stack.pop()
        match current:
            case PatternConstructor():
                found += ["constructor", current.constructor.name, len(current.patterns)]
                stack.extend(reversed(current.patterns))
            case PatternTuple():
                found += ["tuple", len(current.patterns)]
                stack.extend(reversed(current.patterns))
            case PatternVar():
                found.append("variable")
            case _:
                found.append("anything")
    return ("data.match", *found)


def unmatched(span: Span | None) -> Function:
    """R2R0602: no arm is for the value."""

    def raised(values: tuple[Any, ...], host: Host) -> Any:
        del values, host
        raise fail(codes.EXECUTION_FAILED, "no arm of the match handles the value", span)

    return raised


def _bound(pattern: Pattern, value: Any) -> Sequence[Any] | None:
    """The values of a pattern's variables, left to right; None where the value does not match."""
    found: list[Any] = []
    stack = [(pattern, value)]
    while stack:
        current, part = stack.pop()
        match current:
            case PatternVar():
                found.append(part)
            case PatternConstructor():
                if current.constructor.name != part.name:
                    return None
                stack.extend(reversed(list(zip(current.patterns, part.fields, strict=True))))
            case PatternTuple():
                stack.extend(reversed(list(zip(current.patterns, part, strict=True))))
            case _:
                pass
    return found
