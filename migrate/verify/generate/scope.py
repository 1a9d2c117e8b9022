"""What an expression under construction may use again: what is visible where it stands."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from relay_compat.ir.expr import Expr
from relay_compat.ir.types import FuncType
from tensor_core.types import Type


class Scope:
    """Visible expressions by type, in the order in which they came; those made of constants alone known apart.

    A binder (a let, a function, an arm of a match) opens an inner scope: what is made inside may speak of what it
    binds, and is forgotten at its end.
    """

    def __init__(self) -> None:
        self._visible: dict[Type, list[Expr]] = {}
        self._constants: dict[Type, list[Expr]] = {}
        self._functions: dict[Type, list[Expr]] = {}
        self._trail: list[list[Expr]] = []

    def known(self, type_: Type, *, constant: bool = False) -> list[Expr]:
        """What has a type, the oldest first."""
        return (self._constants if constant else self._visible).get(type_, [])

    def functions(self, result: Type) -> list[Expr]:
        """Functions that answer this type."""
        return self._functions.get(result, [])

    def types(self) -> list[Type]:
        """The types of what is visible."""
        return [type_ for type_, found in self._visible.items() if found]

    def add(self, made: Expr, type_: Type, *, constant: bool = False) -> None:
        """Make an expression visible from here on."""
        self._push(self._visible, type_, made)
        if constant:
            self._push(self._constants, type_, made)
        if isinstance(type_, FuncType) and not type_.type_params:
            self._push(self._functions, type_.ret_type, made)

    @contextmanager
    def inner(self) -> Generator[None]:
        """What becomes visible within the block is forgotten at its end."""
        mark = len(self._trail)
        try:
            yield
        finally:
            for place in reversed(self._trail[mark:]):
                place.pop()
            del self._trail[mark:]

    def _push(self, group: dict[Type, list[Expr]], type_: Type, made: Expr) -> None:
        place = group.setdefault(type_, [])
        place.append(made)
        self._trail.append(place)
