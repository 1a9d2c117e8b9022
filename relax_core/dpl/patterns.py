"""Patterns: what an expression may look like (tvm.relax.dpl.pattern in TVM 0.19 to 0.27).

A pattern is a graph of nodes: a node used twice must match one expression. Patterns are compared by identity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from relax_core.ir.expr import Expr, Var
from relax_core.ir.types import Type
from tensor_core.node import Node, node
from tensor_core.shapes import Dim, as_shape

if TYPE_CHECKING:
    from relax_core.dpl.constraints import SameShapeConstraint
    from relax_core.dpl.sequence import PatternSeq

T = TypeVar("T")

ANY_INDEX = -1
"""The index of a pattern that takes any."""


class DFPattern(Node):
    """Base of all patterns.

    ``|`` is an alternative, ``&`` a conjunction, ``~`` a negation; ``^`` and ``>>`` state that what this matches is
    used, or only used, by what the other matches.
    """

    __slots__ = ()

    def __call__(
        self, *args: DFPattern, varg_default_wildcard: bool = False, add_constraint: bool = True
    ) -> CallPattern:
        """A call of what this matches."""
        return CallPattern(self, args, varg_default_wildcard, add_constraint)

    def __or__(self, other: DFPattern) -> OrPattern:
        return OrPattern(self, other)

    def __and__(self, other: DFPattern) -> AndPattern:
        return AndPattern(self, other)

    def __invert__(self) -> NotPattern:
        return NotPattern(self)

    def __xor__(self, other: DFPattern | PatternSeq) -> PatternSeq:
        return self.used_by(other)

    def __rshift__(self, other: DFPattern | PatternSeq) -> PatternSeq:
        return self.only_used_by(other)

    def has_attr(self, attrs: Mapping[str, Any]) -> AttrPattern:
        """This, with these attributes: of a call, a function, or an operator."""
        return AttrPattern(self, attrs)

    def has_ty(self, ty: Type) -> TypePattern:
        """This, where its type fits the given one. Symbolic variables of that stand for any dimension, the same one
        all over the pattern.
        """
        return TypePattern(self, ty)

    def has_struct_info(self, struct_info: Type) -> TypePattern:
        """The name of :meth:`has_ty` before TVM 0.26."""
        return TypePattern(self, struct_info)

    def has_type(self, ttype: Type) -> TypePattern:
        """TVM 0.19's pattern of types without shapes: :meth:`has_ty` of a type that states rank and element type."""
        return TypePattern(self, ttype)

    def has_dtype(self, dtype: str) -> DataTypePattern:
        """This, where it is a tensor of the given element type."""
        return DataTypePattern(self, dtype)

    def has_shape(self, shape: Sequence[Dim]) -> ShapePattern:
        """This, where it is a tensor that provably has the given shape. ValueError unless it is a list or tuple."""
        if not isinstance(shape, list | tuple):
            raise ValueError("has_shape takes a list or tuple as input.")
        return ShapePattern(self, cast("Sequence[Dim]", shape))

    def match(self, expr: Expr, var2val: Mapping[Var, Expr] | None = None) -> bool:
        """Whether an expression looks like this. Variables in ``var2val`` stand for what they are bound to."""
        return self.extract_matched_expr(expr, var2val) is not None

    def extract_matched_expr(
        self, expr: Expr, var2val: Mapping[Var, Expr] | None = None
    ) -> dict[DFPattern, Expr] | None:
        """What each pattern that took part matched; None when the expression does not look like this."""
        from relax_core.dpl.matcher import Matcher

        return Matcher(var2val or {}).match(self, expr)

    def used_by(self, other: DFPattern | PatternSeq, index: int = -1) -> PatternSeq:
        """What this matches is used by what the (first) other matches, as the argument ``index`` unless that is -1."""
        from relax_core.dpl.sequence import PatternSeq

        return PatternSeq([self]).used_by(other, index)

    def only_used_by(self, other: DFPattern | PatternSeq, index: int = -1) -> PatternSeq:
        """As :meth:`used_by`, and nothing else uses it."""
        from relax_core.dpl.sequence import PatternSeq

        return PatternSeq([self]).only_used_by(other, index)

    def fork_to(self, *args: DFPattern | PatternSeq) -> None:
        """What this matches is used by what each of the others matches."""
        for other in args:
            self.used_by(other)

    def same_shape_as(self, *args: DFPattern) -> SameShapeConstraint:
        """What this and the others match has one shape: a constraint of the current context."""
        from relax_core.dpl.constraints import SameShapeConstraint

        return SameShapeConstraint(self, *args)

    def dup(self) -> Self:
        """The same pattern as another node; the parts are shared."""
        return self.replace()

    def __str__(self) -> str:
        from relax_core.dpl.text import pattern_text

        return pattern_text(self)

    def __repr__(self) -> str:
        return str(self)


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
class DataflowVarPattern(VarPattern):
    """A variable of a dataflow block, of this name unless the name is empty."""


@node
class GlobalVarPattern(DFPattern):
    """A global variable whose name contains this one."""

    name: str = ""

    @property
    def name_hint(self) -> str:
        """The name."""
        return self.name


@node
class ExternFuncPattern(DFPattern):
    """A function of the runtime, of this name unless the name is empty."""

    global_symbol: str = ""


@node
class ConstantPattern(DFPattern):
    """A constant."""


@node
class CallPattern(DFPattern):
    """A call; with ``varg_default_wildcard`` it may have more arguments than the pattern.

    ``relax.add`` and ``relax.multiply`` match with their arguments exchanged, a quotient of a product matches a product
    with a quotient, and the other way round. Unless ``add_constraint`` is false, the current context takes over that
    the call uses its arguments.
    """

    children: ClassVar[tuple[str, ...]] = ("op", "args")
    op: DFPattern
    args: Sequence[DFPattern]
    varg_default_wildcard: bool = False
    add_constraint: bool = True

    def __post_init__(self) -> None:
        self.memo("args", tuple(self.args))
        if self.add_constraint:
            for index, arg in enumerate(self.args):
                arg.used_by(self, index)

    def dup(self) -> CallPattern:
        """The same pattern as another node, about which the context knows nothing."""
        return CallPattern(self.op, self.args, self.varg_default_wildcard, add_constraint=False)


@node
class FunctionPattern(DFPattern):
    """A function."""

    children: ClassVar[tuple[str, ...]] = ("params", "body")
    params: Sequence[DFPattern]
    body: DFPattern

    def __post_init__(self) -> None:
        self.memo("params", tuple(self.params))


@node
class TuplePattern(DFPattern):
    """A tuple with these fields. An index gives the pattern of a field, None of any."""

    children: ClassVar[tuple[str, ...]] = ("fields",)
    fields: Sequence[DFPattern]

    def __post_init__(self) -> None:
        self.memo("fields", tuple(self.fields))

    def __getitem__(self, index: int | None) -> TupleGetItemPattern:
        if index is None:
            return TupleGetItemPattern(self)
        place = index + len(self) if index < 0 else index
        if place >= len(self):
            raise IndexError("TuplePattern index out of range")
        return TupleGetItemPattern(self, place)

    def __len__(self) -> int:
        return len(self.fields)

    def __bool__(self) -> bool:
        return True


@node
class UnorderedTuplePattern(DFPattern):
    """A tuple with these fields in any order."""

    children: ClassVar[tuple[str, ...]] = ("fields",)
    fields: Sequence[DFPattern]

    def __post_init__(self) -> None:
        self.memo("fields", tuple(self.fields))

    def __len__(self) -> int:
        return len(self.fields)

    def __bool__(self) -> bool:
        return True


@node
class TupleGetItemPattern(DFPattern):
    """A field of a tuple, the one of this index unless that is None (kept as -1)."""

    children: ClassVar[tuple[str, ...]] = ("tuple_value",)
    tuple_value: DFPattern
    index: int | None = None

    def __post_init__(self) -> None:
        self.memo("index", ANY_INDEX if self.index is None else self.index)

    @property
    def tuple(self) -> DFPattern:
        """TVM's name of :attr:`tuple_value`."""
        return self.tuple_value


@node
class OrPattern(DFPattern):
    """The left pattern, or else the right one."""

    children: ClassVar[tuple[str, ...]] = ("left", "right")
    left: DFPattern
    right: DFPattern


@node
class AndPattern(DFPattern):
    """Both patterns."""

    children: ClassVar[tuple[str, ...]] = ("left", "right")
    left: DFPattern
    right: DFPattern


@node
class NotPattern(DFPattern):
    """What the inner pattern does not match."""

    children: ClassVar[tuple[str, ...]] = ("to_reject",)
    to_reject: DFPattern

    @property
    def reject(self) -> DFPattern:
        """TVM's name of the field."""
        return self.to_reject


@node
class WildcardPattern(DFPattern):
    """Anything."""


@node
class TypePattern(DFPattern):
    """The inner pattern, where the type fits; see :meth:`DFPattern.has_ty`."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern
    ty: Type

    @property
    def struct_info(self) -> Type:
        """The name of :attr:`ty` before TVM 0.26."""
        return self.ty


StructInfoPattern = TypePattern
"""The name of :class:`TypePattern` before TVM 0.26."""


@node
class DataTypePattern(DFPattern):
    """The inner pattern, where it is a tensor of this element type."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern
    dtype: str


@node
class ShapePattern(DFPattern):
    """The inner pattern, where it is a tensor that provably has this shape."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern
    shape: Sequence[Dim]

    def __post_init__(self) -> None:
        self.memo("shape", as_shape(self.shape))


@node
class PrimArrPattern(DFPattern):
    """A shape value that is provably this one."""

    fields: Sequence[Dim]

    def __post_init__(self) -> None:
        self.memo("fields", as_shape(self.fields))

    def __getitem__(self, index: int) -> Dim:
        if index >= len(self):
            raise IndexError("PrimArrPattern index out of range")
        return self.fields[index]

    def __len__(self) -> int:
        return len(self.fields)

    def __bool__(self) -> bool:
        return True


@node
class AttrPattern(DFPattern):
    """The inner pattern, with these attributes; others may be there."""

    children: ClassVar[tuple[str, ...]] = ("pattern",)
    pattern: DFPattern
    attrs: Mapping[str, Any]
