"""Scalar expressions: tensor dimensions, shape arithmetic and the right-hand sides of tensor programs.

One family serves both uses, as tir.PrimExpr does in TVM. Operators on nodes build nodes; Python numbers on the other
side become constants of the node's dtype. :func:`tensor_core.shapes.simplify` brings them to canonical form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from tensor_core import dtypes
from tensor_core.node import Node, hidden, node

if TYPE_CHECKING:
    from tensor_core.loops.nodes import Buffer

Number = int | float | bool


class Imm(int):
    """A known integer where TVM's Python has an IntImm: an int that answers to ``value`` and ``dtype`` as well."""

    __slots__ = ()

    @property
    def value(self) -> int:
        """The plain int."""
        return int(self)

    @property
    def dtype(self) -> str:
        """The integer type: int32 unless a subclass says otherwise."""
        return "int32"


class PrimExpr(Node):
    """A scalar expression; ``dtype`` is its element type."""

    __slots__ = ()
    dtype: str

    def __add__(self, other: PrimExpr | Number) -> PrimExpr:
        return Add(self, wrap(other, self.dtype))

    def __radd__(self, other: Number) -> PrimExpr:
        return Add(wrap(other, self.dtype), self)

    def __sub__(self, other: PrimExpr | Number) -> PrimExpr:
        return Sub(self, wrap(other, self.dtype))

    def __rsub__(self, other: Number) -> PrimExpr:
        return Sub(wrap(other, self.dtype), self)

    def __mul__(self, other: PrimExpr | Number) -> PrimExpr:
        return Mul(self, wrap(other, self.dtype))

    def __rmul__(self, other: Number) -> PrimExpr:
        return Mul(wrap(other, self.dtype), self)

    def __truediv__(self, other: PrimExpr | Number) -> PrimExpr:
        return Div(self, wrap(other, self.dtype))

    def __rtruediv__(self, other: Number) -> PrimExpr:
        return Div(wrap(other, self.dtype), self)

    def __floordiv__(self, other: PrimExpr | Number) -> PrimExpr:
        return FloorDiv(self, wrap(other, self.dtype))

    def __mod__(self, other: PrimExpr | Number) -> PrimExpr:
        return FloorMod(self, wrap(other, self.dtype))

    def __neg__(self) -> PrimExpr:
        return Sub(const(0, self.dtype), self)

    def __lt__(self, other: PrimExpr | Number) -> PrimExpr:
        return LT(self, wrap(other, self.dtype))

    def __le__(self, other: PrimExpr | Number) -> PrimExpr:
        return LE(self, wrap(other, self.dtype))

    def __gt__(self, other: PrimExpr | Number) -> PrimExpr:
        return LT(wrap(other, self.dtype), self)

    def __ge__(self, other: PrimExpr | Number) -> PrimExpr:
        return LE(wrap(other, self.dtype), self)

    def equal(self, other: PrimExpr | Number) -> PrimExpr:
        """The comparison ``self == other`` as an expression (``==`` itself is identity, as on every node)."""
        return EQ(self, wrap(other, self.dtype))

    def not_equal(self, other: PrimExpr | Number) -> PrimExpr:
        """The comparison ``self != other`` as an expression."""
        return NE(self, wrap(other, self.dtype))

    def astype(self, dtype: str) -> PrimExpr:
        """This value converted to ``dtype``; the node itself when nothing changes."""
        return self if dtype == self.dtype else Cast(self, dtype)


@node
class Var(PrimExpr):
    """A named scalar: a loop variable, a scalar parameter or a symbolic dimension. Identity is what counts."""

    name: str
    dtype: str = "int64"


@node
class SizeVar(Var):
    """A variable that is known not to be negative (tir.SizeVar)."""


@node
class IntImm(PrimExpr):
    """An integer or boolean constant."""

    value: int
    dtype: str = "int64"

    def __index__(self) -> int:
        return int(self.value)


@node
class FloatImm(PrimExpr):
    """A floating-point constant; ``value`` is exact for the dtype after rounding to it."""

    value: float
    dtype: str = "float32"

    def __float__(self) -> float:
        return float(self.value)


@node
class StringImm(PrimExpr):
    """A string argument of an external call."""

    value: str
    dtype: str = "handle"


_ANY_DIM: list[AnyDim] = []


@node
class AnyDim(PrimExpr):
    """A dimension that Relay leaves open (``?``, ``tvm.relay.Any``). Equal to nothing that can be proven.

    There is one such object, so that types which hold it are equal.
    """

    dtype: str = "int32"

    def __new__(cls) -> AnyDim:
        if not _ANY_DIM:
            _ANY_DIM.append(object.__new__(cls))
        return _ANY_DIM[0]


@node
class Binary(PrimExpr):
    """An operation on two operands of the same dtype; ``symbol`` is its infix or call spelling."""

    symbol: ClassVar[str] = ""
    children: ClassVar[tuple[str, ...]] = ("a", "b")
    a: PrimExpr
    b: PrimExpr
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        self.memo("dtype", self.a.dtype)


@node
class Add(Binary):
    """a + b; integers wrap."""

    symbol: ClassVar[str] = "+"


@node
class Sub(Binary):
    """a - b; integers wrap."""

    symbol: ClassVar[str] = "-"


@node
class Mul(Binary):
    """a * b; integers wrap."""

    symbol: ClassVar[str] = "*"


@node
class Div(Binary):
    """True division on floats; on integers it truncates toward zero (as C does)."""

    symbol: ClassVar[str] = "/"


@node
class TruncMod(Binary):
    """Remainder with the sign of the dividend (C's %, fmod on floats)."""

    symbol: ClassVar[str] = "truncmod"


@node
class FloorDiv(Binary):
    """floor(a / b)."""

    symbol: ClassVar[str] = "//"


@node
class FloorMod(Binary):
    """Remainder with the sign of the divisor."""

    symbol: ClassVar[str] = "%"


@node
class Min(Binary):
    """``a < b ? a : b``, which says what happens with NaN: the second operand is taken."""

    symbol: ClassVar[str] = "min"


@node
class Max(Binary):
    """``a > b ? a : b``, which says what happens with NaN: the second operand is taken."""

    symbol: ClassVar[str] = "max"


@node
class Compare(Binary):
    """A comparison; the result is bool."""

    def __post_init__(self) -> None:
        self.memo("dtype", "bool")


@node
class EQ(Compare):
    """a == b; false when either is NaN."""

    symbol: ClassVar[str] = "=="


@node
class NE(Compare):
    """a != b as an ordered comparison: false when either is NaN, as TVM compiles it."""

    symbol: ClassVar[str] = "!="


@node
class LT(Compare):
    """a < b."""

    symbol: ClassVar[str] = "<"


@node
class LE(Compare):
    """a <= b."""

    symbol: ClassVar[str] = "<="


@node
class GT(Compare):
    """a > b. Operators on nodes write ``b < a`` in its place; text keeps what it says."""

    symbol: ClassVar[str] = ">"


@node
class GE(Compare):
    """a >= b. Operators on nodes write ``b <= a`` in its place; text keeps what it says."""

    symbol: ClassVar[str] = ">="


@node
class And(Compare):
    """Logical and of two bools."""

    symbol: ClassVar[str] = "and"


@node
class Or(Compare):
    """Logical or of two bools."""

    symbol: ClassVar[str] = "or"


@node
class Not(PrimExpr):
    """Logical not of a bool."""

    children: ClassVar[tuple[str, ...]] = ("a",)
    a: PrimExpr
    dtype: str = "bool"


@node
class Cast(PrimExpr):
    """Conversion: float to int truncates toward zero, int to int wraps, to bool is ``!= 0``."""

    children: ClassVar[tuple[str, ...]] = ("value",)
    value: PrimExpr
    dtype: str


@node
class Select(PrimExpr):
    """``condition ? a : b``. Both arms may be evaluated unless ``guards``: then loads of the untaken arm never
    happen.
    """

    children: ClassVar[tuple[str, ...]] = ("condition", "a", "b")
    condition: PrimExpr
    a: PrimExpr
    b: PrimExpr
    guards: bool = False
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        self.memo("dtype", self.a.dtype)


@node
class Load(PrimExpr):
    """One element of a buffer."""

    children: ClassVar[tuple[str, ...]] = ("indices",)
    buffer: Buffer
    indices: tuple[PrimExpr, ...]
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        self.memo("dtype", self.buffer.dtype)


@node
class Intrinsic(PrimExpr):
    """A math function by its TIR name (exp, log, sqrt, rsqrt, tanh, erf, sin, pow, floor, round, ...)."""

    children: ClassVar[tuple[str, ...]] = ("args",)
    name: str
    args: tuple[PrimExpr, ...]
    dtype: str


class NoInteger(ValueError):
    """A number that stands where an integer must and cannot be one: NaN, or an infinity."""


def const(value: Number, dtype: str) -> PrimExpr:
    """A constant of ``dtype``; a float value for an integer dtype is truncated toward zero.

    NoInteger, a ValueError, where it has no whole part.
    """
    if dtypes.is_float(dtype):
        return FloatImm(float(value), dtype)
    try:
        return IntImm(int(value), dtype)
    except (ValueError, OverflowError):
        raise NoInteger(f"{value} is no number of {dtype}") from None


def wrap(value: PrimExpr | Number, dtype: str) -> PrimExpr:
    """``value`` itself if it is an expression, else a constant of ``dtype``."""
    return value if isinstance(value, PrimExpr) else const(value, dtype)


def intrinsic(name: str, *args: PrimExpr, dtype: str | None = None) -> PrimExpr:
    """A call of a math function; the result has the first argument's dtype unless given."""
    return Intrinsic(name, tuple(args), dtype or args[0].dtype)


def if_then_else(condition: PrimExpr, a: PrimExpr, b: PrimExpr | Number) -> PrimExpr:
    """A guarded choice: loads in the arm not taken do not happen, so they may be out of bounds."""
    return Select(condition, a, wrap(b, a.dtype), guards=True)


def select(condition: PrimExpr, a: PrimExpr, b: PrimExpr | Number) -> PrimExpr:
    """An unguarded choice; both arms must be safe to evaluate."""
    return Select(condition, a, wrap(b, a.dtype))


def all_of(conditions: Sequence[PrimExpr]) -> PrimExpr:
    """The conjunction of conditions; true when there are none."""
    result: PrimExpr | None = None
    for condition in conditions:
        result = condition if result is None else And(result, condition)
    return IntImm(1, "bool") if result is None else result
