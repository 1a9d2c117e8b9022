"""Values of which a part is known, the code that is written for them, and what stops endless inlining."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Constant, Expr, Let, Tuple, Var
from relay_compat.ir.types import Type
from tensor_core.trampoline import Steps

_CLOCK = itertools.count()
_COUNTED = (np.dtype(np.int32), np.dtype(np.int64))


class Code:
    """Straight-line code under construction: bindings in order."""

    def __init__(self) -> None:
        self._lets: list[tuple[Var, Expr]] = []

    def push(self, value: Expr, var: Var | None = None) -> Var:
        """Bind a value; the variable."""
        var = var or Var("x")
        self._lets.append((var, value))
        return var

    def around(self, result: Expr) -> Expr:
        """The code with its result."""
        for var, value in reversed(self._lets):
            result = Let(var, value, result)
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A known array."""

    data: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """A tuple, or with a constructor a value of an algebraic data type, of partly known values."""

    items: tuple[Partial, ...]
    constructor: Constructor | None = None


class Reference:
    """A known reference; its value is in the store."""


@dataclass(frozen=True, slots=True, eq=False)
class Callee:
    """Something that can be called with partly known values."""

    call: Callable[[Partial, Sequence[Partial], Any, Sequence[Type], Code], Steps[Partial]]


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """A value: what is known of it, or None, and an atom of the code that computes it. ``created`` is when."""

    known: Tensor | Fields | Reference | Callee | None
    code: Expr
    created: int = field(default_factory=lambda: next(_CLOCK))

    def fuel(self) -> tuple[int, int]:
        """What must become less in one part for another round of recursion: the age, or a known count."""
        data = self.known.data if isinstance(self.known, Tensor) else None
        counted = data is not None and data.shape == () and data.dtype in _COUNTED
        return self.created, max(0, int(data)) if counted and data is not None else 0


def unknown(code: Expr) -> Partial:
    """A value of which nothing is known."""
    return Partial(None, code)


def reflect(value: Partial) -> Expr | None:
    """The value as a constant expression; None when it is not known whole, or is no tensor or tuple of tensors."""
    if isinstance(value.known, Tensor):
        return Constant(value.known.data)
    if not isinstance(value.known, Fields) or value.known.constructor is not None:
        return None
    fields = [reflect(item) for item in value.known.items]
    return None if any(item is None for item in fields) else Tuple(tuple(item for item in fields if item is not None))


def reify(value: Any, code: Code) -> Partial:
    """A computed value: an array or a tuple of values."""
    if isinstance(value, tuple):
        items = tuple(reify(item, code) for item in value)  # pyright: ignore[reportUnknownVariableType]
        return Partial(Fields(items), code.push(Tuple(tuple(item.code for item in items))))
    return Partial(Tensor(np.asarray(value)), code.push(Constant(np.asarray(value))))


Fuel = tuple[tuple[int, int], ...]


def burn(before: Fuel | None, args: Sequence[Partial]) -> Fuel | None:
    """The fuel that is left for a function that is inlined with these arguments; None when it must not be."""
    fuel = tuple(arg.fuel() for arg in args)
    if before is None:
        return fuel
    left = tuple((min(a, x), min(b, y)) for (a, b), (x, y) in zip(before, fuel, strict=True))
    return left if left != before else None
