"""The pattern language (tvm.relay.dataflow_pattern in TVM 0.19): what an expression may look like.

A pattern is a graph of nodes: a node used twice must match one expression. Patterns are compared by identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from relay_compat.ir.types import Type
from relay_compat.ir.values import DictAttrs
from tensor_core.module import Expr
from tensor_core.node import Node, hidden, node, post_order
from tensor_core.shapes import Dim, as_shape


class DFPattern(Node):
    """Base of all patterns. Arithmetic operators build calls of Relay's, ``|`` an alternative."""

    __slots__ = ()

    def __call__(self, *args: DFPattern | None) -> CallPattern:
        """A call of what this matches; with the one argument None, with any arguments."""
        return CallPattern(self, None if args == (None,) else [arg for arg in args if arg is not None])

    def __or__(self, other: DFPattern) -> AltPattern:
        return AltPattern(self, other)

    def __add__(self, other: DFPattern) -> CallPattern:
        return _operator("add", self, other)

    def __sub__(self, other: DFPattern) -> CallPattern:
        return _operator("subtract", self, other)

    def __mul__(self, other: DFPattern) -> CallPattern:
        return _operator("multiply", self, other)

    def __truediv__(self, other: DFPattern) -> CallPattern:
        return _operator("divide", self, other)

    def has_attr(self, attrs: Mapping[str, Any]) -> AttrPattern:
        """This, with these attributes: of an operator (``TOpPattern``), a call, or a function."""
        return AttrPattern(self, DictAttrs(attrs))

    def has_type(self, ttype: Type) -> TypePattern:
        """This, where its type is the given one."""
        return TypePattern(self, ttype)

    def has_dtype(self, dtype: str) -> DataTypePattern:
        """This, where it is a tensor of the given element type."""
        return DataTypePattern(self, dtype)

    def has_shape(self, shape: Sequence[Dim]) -> ShapePattern:
        """This, where it is a tensor of the given shape."""
        return ShapePattern(self, shape)

    def dominates(self, parent: DFPattern, path: DFPattern | None = None) -> DominatorPattern:
        """This, fed from ``parent`` alone: by any ways that consist of what ``path`` matches."""
        return DominatorPattern(parent, path or WildcardPattern(), self)

    def optional(self, option_constructor: Callable[[DFPattern], DFPattern]) -> AltPattern:
        """This, or what the constructor makes of it."""
        return self | option_constructor(self)

    def match(self, expr: Expr) -> bool:
        """Whether an expression looks like this; see :func:`relay_compat.dataflow_pattern.match`."""
        from relay_compat.dataflow_pattern.matcher import match

        return match(self, expr)

    def partition(
        self, expr: Expr, attrs: Mapping[str, Any] | None = None, check: Callable[[Expr], bool] = lambda _: True
    ) -> Any:
        """The expression with each match in a function; see :func:`relay_compat.dataflow_pattern.partition`."""
        from relay_compat.dataflow_pattern.partition import partition

        return partition(self, expr, attrs, check)

    def __str__(self) -> str:
        from relay_compat.dataflow_pattern.text import pattern_text

        return pattern_text(self)

    def __repr__(self) -> str:
        return str(self)


def _operator(name: str, *args: DFPattern) -> CallPattern:
    from relay_compat.dataflow_pattern.helpers import is_op

    return is_op(name)(*args)


@node
class ExprPattern(DFPattern):
    """An expression that is structurally equal to the given one; an operator is one, too."""

    expr: Expr


@node
class VarPattern(DFPattern):
    """A variable, of this name unless the name is empty."""

    name: str = ""

    @property
    def name_hint(self) -> str:
        """The name."""
        return self.name


@node
class ConstantPattern(DFPattern):
    """A constant."""


@node
class CallPattern(DFPattern):
    """A call; ``args`` is None for any arguments. ``add`` and ``multiply`` match with their arguments exchanged, a
    quotient of a product a product with a quotient, and the other way round.
    """

    children: ClassVar[tuple[str, ...]] = ("op", "args")
    op: DFPattern
    args: Sequence[DFPattern] | None

    def __post_init__(self) -> None:
        self.memo("args", _tuple(self.args))


@node
class FunctionPattern(DFPattern):
    """A function; ``params`` is None for any parameters."""

    children: ClassVar[tuple[str, ...]] = ("params", "body")
    params: Sequence[DFPattern] | None
    body: DFPattern

    def __post_init__(self) -> None:
        self.memo("params", _tuple(self.params))


@node
class IfPattern(DFPattern):
    """A choice."""

    children: ClassVar[tuple[str, ...]] = ("cond", "true_branch", "false_branch")
    cond: DFPattern
    true_branch: DFPattern
    false_branch: DFPattern


@node
class LetPattern(DFPattern):
    """A let."""

    children: ClassVar[tuple[str, ...]] = ("var", "value", "body")
    var: DFPattern
    value: DFPattern
    body: DFPattern


@node
class TuplePattern(DFPattern):
    """A tuple; ``fields`` is None for any fields."""

    children: ClassVar[tuple[str, ...]] = ("fields",)
    fields: Sequence[DFPattern] | None

    def __post_init__(self) -> None:
        self.memo("fields", _tuple(self.fields))

    def __getitem__(self, index: int) -> DFPattern:
        if index >= len(self):
            raise IndexError("TuplePattern index out of range")
        assert self.fields is not None
        return self.fields[index]

    def __len__(self) -> int:
        return len(self.fields or ())

    def __bool__(self) -> bool:
        return True

    def astype(self, _: object) -> None:
        """TypeError: a tuple has no element type."""
        raise TypeError("astype cannot be used on TuplePattern")


ANY_INDEX = -1
"""The index of a pattern that takes any."""

_Names = tuple[str, ...]


@node
class TupleGetItemPattern(DFPattern):
    """A field of a tuple, the one of this index unless that is None (kept as -1)."""

    children: ClassVar[_Names] = ("tuple_value",)
    tuple_value: DFPattern
    index: int | None = None

    def __post_init__(self) -> None:
        if self.index is None:
            self.memo("index", ANY_INDEX)

    @property
    def tuple(self) -> DFPattern:
        """TVM's name of :attr:`tuple_value`."""
        return self.tuple_value


@node
class AltPattern(DFPattern):
    """What one of two patterns matches, the left one first."""

    children: ClassVar[tuple[str, ...]] = ("left", "right")
    left: DFPattern
    right: DFPattern


@node
class WildcardPattern(DFPattern):
    """Anything; after :meth:`redirect_to`, what that pattern matches."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern | None = hidden()

    def redirect_to(self, pat: DFPattern) -> None:
        """Stand for another pattern, which may contain this one: so patterns can be recursive."""
        self.memo("pattern", pat)


@node
class TypePattern(DFPattern):
    """An expression of a type."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern
    type: Type


@node
class DataTypePattern(DFPattern):
    """A tensor of an element type."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern
    dtype: str


@node
class ShapePattern(DFPattern):
    """A tensor of a shape."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern
    shape: Sequence[Dim]

    def __post_init__(self) -> None:
        self.memo("shape", as_shape(self.shape))


@node
class AttrPattern(DFPattern):
    """Something with attributes. A call matches with call attributes, an operator with what is registered for it."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern
    attrs: Mapping[str, Any]


@node
class DominatorPattern(DFPattern):
    """``child``, all of whose inputs come from one ``parent`` by ways that consist of what ``path`` matches."""

    children: ClassVar[tuple[str, ...]] = ("parent", "path", "child")
    parent: DFPattern
    path: DFPattern
    child: DFPattern


def parts_of(pattern: DFPattern) -> list[DFPattern]:
    """The pattern and all patterns in it, each once, parts before wholes."""
    return post_order([pattern], operands_of)


def operands_of(pattern: DFPattern) -> list[DFPattern]:
    """The patterns directly in a pattern, in order."""
    return [child for child in pattern.iter_children() if isinstance(child, DFPattern)]


def _tuple(items: Sequence[DFPattern] | None) -> Sequence[DFPattern] | None:
    return None if items is None else tuple(items)
