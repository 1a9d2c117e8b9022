"""Nodes of the tensor-level IR.

The workhorse is :class:`Block`, one iteration domain with data-parallel and reduction axes, as in TensorIR; because
its axes say what they are, the backend may reorder, tile, vectorise and parallelise them. Irregular kernels (sorts,
scans, suppression) use plain loops, branches and stores.
"""

from __future__ import annotations

import enum
from typing import ClassVar

from tensor_core.module import BaseFunc
from tensor_core.node import Node, node
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim, Shape


@node
class Buffer(Node):
    """A dense row-major array. Identity is what counts; the name is for people."""

    name: str
    shape: Shape
    dtype: str


class Stmt(Node):
    """Base of statements."""

    __slots__ = ()


class Combiner(enum.Enum):
    """How a reduction joins values. Float sums and products may be reassociated unless the backend is strict."""

    SUM = "sum"
    PROD = "prod"
    MAX = "max"
    MIN = "min"
    ALL = "all"
    ANY = "any"


@node
class Axis(Node):
    """One iteration variable with its range ``0 <= var < extent``."""

    var: Var
    extent: Dim


@node
class Block(Stmt):
    """``target[indices] = combine over reduce axes of value`` for every point of the spatial axes.

    Without a combiner there are no reduce axes and the statement is a plain parallel assignment. With one,
    ``init`` starts every accumulation (the combiner's identity, or a given value) and points are joined in the
    order of the reduce axes, outermost first, when order matters. ``indices`` must hit every target element at most
    once. The value must not load from the target.
    """

    children: ClassVar[tuple[str, ...]] = ("spatial", "reduce", "indices", "value", "init")
    spatial: tuple[Axis, ...]
    reduce: tuple[Axis, ...]
    target: Buffer
    indices: tuple[PrimExpr, ...]
    value: PrimExpr
    combiner: Combiner | None = None
    init: PrimExpr | None = None


@node
class For(Stmt):
    """A sequential loop ``for var in range(extent)``."""

    children: ClassVar[tuple[str, ...]] = ("body",)
    var: Var
    extent: PrimExpr
    body: Stmt


@node
class If(Stmt):
    """A branch on a bool."""

    children: ClassVar[tuple[str, ...]] = ("condition", "then", "otherwise")
    condition: PrimExpr
    then: Stmt
    otherwise: Stmt | None = None


@node
class Store(Stmt):
    """``buffer[indices] = value``."""

    children: ClassVar[tuple[str, ...]] = ("indices", "value")
    buffer: Buffer
    indices: tuple[PrimExpr, ...]
    value: PrimExpr


@node
class Seq(Stmt):
    """Statements one after the other."""

    children: ClassVar[tuple[str, ...]] = ("body",)
    body: tuple[Stmt, ...]


@node
class PrimFunc(BaseFunc):
    """A kernel in destination-passing style.

    ``params`` are the buffers of the caller, the last ``outputs`` of them written; ``scalars`` are integer arguments
    (symbolic dimensions that no buffer shape determines); ``allocations`` are scratch buffers that live for one run.
    ``strict``: every operation is rounded on its own, because the kernel's choices hang on single roundings.
    """

    children: ClassVar[tuple[str, ...]] = ("params", "scalars", "allocations", "body")
    name: str
    params: tuple[Buffer, ...]
    outputs: int
    body: Stmt
    allocations: tuple[Buffer, ...] = ()
    scalars: tuple[Var, ...] = ()
    strict: bool = False
