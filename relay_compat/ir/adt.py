"""Algebraic data: constructors, patterns and match (tvm.relay.adt in TVM 0.19)."""

from __future__ import annotations

from typing import Any, ClassVar

from relay_compat.ir.base import RelayExpr, TextForm
from relay_compat.ir.expr import Call, Var
from relay_compat.ir.tags import tag_of
from relay_compat.ir.types import GlobalTypeVar, Type
from tensor_core.module import Expr
from tensor_core.node import Node, hidden, node
from tensor_core.spans import Span


@node
class Constructor(TextForm, Expr):
    """One alternative of an algebraic data type; applied like a function.

    ``index`` is its place within the type; -1 until a module defines the type.
    """

    name: str
    inputs: tuple[Type, ...]
    belong_to: GlobalTypeVar
    index: int = -1
    checked: Any = hidden()

    def __post_init__(self) -> None:
        if type(self.inputs) is not tuple:
            self.memo("inputs", tuple(self.inputs))

    @property
    def tag(self) -> int:
        """The number by which TVM's runtime knows the constructor; -1 until a module defines the type."""
        return tag_of(self.belong_to.name, self.index)

    def __call__(self, *args: Expr) -> Expr:
        return Call(self, args)

    @property
    def name_hint(self) -> str:
        """TVM's name of :attr:`name`."""
        return self.name

    def is_same(self, other: Constructor) -> bool:
        """Whether both are one alternative of one type, perhaps as two objects: passes of TVM make such copies."""
        return self is other or (self.belong_to is other.belong_to and self.name == other.name)


class Pattern(Node):
    """Base of match patterns."""

    __slots__ = ()

    def __repr__(self) -> str:
        from relay_compat.text.reprs import node_repr

        return node_repr(self)


@node
class PatternWildcard(Pattern):
    """Matches everything, binds nothing."""

    span: Span | None = None


@node
class PatternVar(Pattern):
    """Matches everything and binds it."""

    children: ClassVar[tuple[str, ...]] = ("var",)
    var: Var
    span: Span | None = None


@node
class PatternConstructor(Pattern):
    """Matches values made by a constructor whose fields match."""

    children: ClassVar[tuple[str, ...]] = ("patterns",)
    constructor: Constructor
    patterns: tuple[Pattern, ...] = ()
    span: Span | None = None

    def __post_init__(self) -> None:
        if type(self.patterns) is not tuple:
            self.memo("patterns", tuple(self.patterns or ()))


@node
class PatternTuple(Pattern):
    """Matches a tuple whose fields match."""

    children: ClassVar[tuple[str, ...]] = ("patterns",)
    patterns: tuple[Pattern, ...]
    span: Span | None = None

    def __post_init__(self) -> None:
        if type(self.patterns) is not tuple:
            self.memo("patterns", tuple(self.patterns or ()))


@node
class Clause(Node):
    """One arm of a match."""

    children: ClassVar[tuple[str, ...]] = ("lhs", "rhs")
    lhs: Pattern
    rhs: Expr

    def __repr__(self) -> str:
        from relay_compat.text.reprs import node_repr

        return node_repr(self)


@node
class Match(RelayExpr):
    """A choice by the shape of data. ``complete``: every value must match some arm (checked); else it may fail at
    run time.
    """

    children: ClassVar[tuple[str, ...]] = ("data", "clauses")
    data: Expr
    clauses: tuple[Clause, ...]
    complete: bool = True
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        if type(self.clauses) is not tuple:
            self.memo("clauses", tuple(self.clauses))
