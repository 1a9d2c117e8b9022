"""Expressions of tensor programs beside the scalar ones of :mod:`tensor_core.prim`: vectors, buffers, calls.

A call of a built-in of TIR is a :class:`~tensor_core.prim.Intrinsic` named without its ``tir.`` prefix, and
``if_then_else`` a :class:`~tensor_core.prim.Select` that guards.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from tensor_core import dtypes
from tensor_core.module import GlobalVar
from tensor_core.node import Node, hidden, node
from tensor_core.prim import IntImm, PrimExpr, Var

if TYPE_CHECKING:
    from tensor_core.tir.buffer import Buffer


def lanes(dtype: str) -> int:
    """The number of elements of a vector type such as ``float32x4``; 1 for a scalar."""
    _, _, count = dtype.rpartition("x")
    return int(count) if count.isdigit() and not dtype.startswith(("custom", "handle")) and "x" in dtype else 1


def element(dtype: str) -> str:
    """The element type of a vector type; a scalar type is its own."""
    return dtype if lanes(dtype) == 1 else dtype[: dtype.rindex("x")]


def with_lanes(dtype: str, count: int) -> str:
    """The vector of ``count`` elements of type ``dtype``."""
    return element(dtype) if count == 1 else f"{element(dtype)}x{count}"


def is_scalar_int(dtype: str) -> bool:
    """Whether a type is one that indices have."""
    return dtype in ("int32", "int64")


def bits(dtype: str) -> int:
    """The width of one element; of a type that is known by name only, the number in its name."""
    single = element(dtype)
    if dtypes.is_known(single):
        return dtypes.bits(single)
    digits = re.search(r"\d+", single)
    return int(digits[0]) if digits else 64


@node
class HandleVar(Var):
    """A pointer. ``element`` is what it points to, empty for an untyped one; ``scope`` the memory it points into."""

    dtype: str = "handle"
    element: str = ""
    scope: str = ""


@node
class BufferLoad(PrimExpr):
    """An element of a buffer, or a vector of them where an index is a :class:`Ramp`.

    ``predicate`` is a vector of bools that says which lanes are read (0.19 to 0.26).
    """

    children: ClassVar[tuple[str, ...]] = ("indices", "predicate")
    buffer: Buffer
    indices: tuple[PrimExpr, ...]
    predicate: PrimExpr | None = None
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        count = lanes(self.indices[-1].dtype) if self.indices else 1
        self.memo("dtype", with_lanes(self.buffer.dtype, lanes(self.buffer.dtype) * count))


@node
class Ramp(PrimExpr):
    """``[base, base + stride, ...]`` of ``lanes`` elements."""

    children: ClassVar[tuple[str, ...]] = ("base", "stride", "lanes")
    base: PrimExpr
    stride: PrimExpr
    lanes: PrimExpr
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        self.memo("dtype", _vector(self.base.dtype, self.lanes))


@node
class Broadcast(PrimExpr):
    """``lanes`` times the same value."""

    children: ClassVar[tuple[str, ...]] = ("value", "lanes")
    value: PrimExpr
    lanes: PrimExpr
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        self.memo("dtype", _vector(self.value.dtype, self.lanes))


def _vector(dtype: str, count: PrimExpr) -> str:
    return with_lanes(dtype, lanes(dtype) * count.value) if isinstance(count, IntImm) else f"{dtype}xvscale"


@node
class Shuffle(PrimExpr):
    """Elements of the concatenation of ``vectors``, picked by ``indices``."""

    children: ClassVar[tuple[str, ...]] = ("vectors", "indices")
    vectors: tuple[PrimExpr, ...]
    indices: tuple[PrimExpr, ...]
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        self.memo("dtype", with_lanes(self.vectors[0].dtype, len(self.indices)))


@node
class Let(PrimExpr):
    """``body`` where ``var`` stands for ``value``."""

    children: ClassVar[tuple[str, ...]] = ("var", "value", "body")
    var: Var
    value: PrimExpr
    body: PrimExpr
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        self.memo("dtype", self.body.dtype)


@node
class GlobalCall(PrimExpr):
    """A call of another function of the module (tir.Call of a GlobalVar)."""

    children: ClassVar[tuple[str, ...]] = ("args",)
    op: GlobalVar
    args: tuple[PrimExpr, ...]
    dtype: str = "void"


@node
class Range(Node):
    """``min <= x < min + extent``."""

    children: ClassVar[tuple[str, ...]] = ("min", "extent")
    min: PrimExpr
    extent: PrimExpr


@node
class IterVar(Node):
    """A variable with its range and what iterating it means.

    ``kind`` is TVM's name of the iteration type: DataPar, CommReduce, Ordered, Opaque, ThreadIndex, ...
    """

    children: ClassVar[tuple[str, ...]] = ("var", "dom")
    dom: Range | None
    var: Var
    kind: str = "DataPar"
    thread_tag: str = ""


@node
class CommReducer(Node):
    """A commutative combination of tuples: ``result`` of the variables ``lhs`` and ``rhs``, and its neutral element."""

    children: ClassVar[tuple[str, ...]] = ("lhs", "rhs", "result", "identity_element")
    lhs: tuple[Var, ...]
    rhs: tuple[Var, ...]
    result: tuple[PrimExpr, ...]
    identity_element: tuple[PrimExpr, ...]


@node
class Reduce(PrimExpr):
    """A reduction as TE writes it; programs that run do not hold it any more."""

    children: ClassVar[tuple[str, ...]] = ("combiner", "source", "init", "axis", "condition")
    combiner: CommReducer
    source: tuple[PrimExpr, ...]
    init: tuple[PrimExpr, ...]
    axis: tuple[IterVar, ...]
    condition: PrimExpr
    value_index: int = 0
    dtype: str = hidden("")

    def __post_init__(self) -> None:
        self.memo("dtype", self.source[self.value_index].dtype)


@node
class IndexMap(Node):
    """A map of indices, from the initial to the final ones; ``inverse_index_map`` leads back where it is known."""

    children: ClassVar[tuple[str, ...]] = ("initial_indices", "final_indices", "inverse_index_map")
    initial_indices: tuple[Var, ...]
    final_indices: tuple[PrimExpr, ...]
    inverse_index_map: IndexMap | None = None


@node
class TargetValue(Node):
    """A compilation target among attributes, as the configuration that text writes."""

    config: Any


def range_of(extent: PrimExpr, start: PrimExpr | None = None) -> Range:
    """The range of ``extent`` values from ``start``, by default from 0."""
    return Range(IntImm(0, extent.dtype) if start is None else start, extent)
