"""Arithmetic on dimensions in the forms that TVM's rules leave: folded as operators fold, simplified where they say."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from tensor_core import prim
from tensor_core.arith import Analyzer
from tensor_core.arith.fold import made
from tensor_core.arith.fold import same as same_expression
from tensor_core.prim import PrimExpr
from tensor_core.shapes import AnyDim, Dim, Shape, as_expr

_known: list[Analyzer] = []


@contextmanager
def knowing(facts: Analyzer | None) -> Generator[None]:
    """Inside the ``with`` block proofs and simplifications use what an analyser knows of variables."""
    if facts is None:
        yield
        return
    _known.append(facts)
    try:
        yield
    finally:
        _known.pop()


def analyzer() -> Analyzer:
    """The analyser in force: one that knows nothing unless :func:`knowing` gave another."""
    return _known[-1] if _known else Analyzer()


def as_dim(expr: PrimExpr) -> Dim:
    """An expression as a dimension: constants are numbers."""
    return expr.value if isinstance(expr, prim.IntImm) else expr


def _made(kind: type[PrimExpr], a: Dim, b: Dim) -> Dim:
    return as_dim(made(kind, as_expr(a), as_expr(b)))


def add(a: Dim, b: Dim) -> Dim:
    """a + b, not simplified beyond constants."""
    return _made(prim.Add, a, b)


def subtract(a: Dim, b: Dim) -> Dim:
    """a - b, not simplified beyond constants."""
    return _made(prim.Sub, a, b)


def multiply(a: Dim, b: Dim) -> Dim:
    """a * b, not simplified beyond constants."""
    return _made(prim.Mul, a, b)


def floor_divide(a: Dim, b: Dim) -> Dim:
    """floor(a / b), not simplified beyond constants."""
    return _made(prim.FloorDiv, a, b)


def least(a: Dim, b: Dim) -> Dim:
    """min(a, b), not simplified beyond constants."""
    return _made(prim.Min, a, b)


def greatest(a: Dim, b: Dim) -> Dim:
    """max(a, b), not simplified beyond constants."""
    return _made(prim.Max, a, b)


def product(dims: Sequence[Dim]) -> Dim:
    """The product from left to right, not simplified beyond constants."""
    result: Dim = 1
    for dim in dims:
        result = multiply(result, dim)
    return result


def simplify(dim: Dim, by: Analyzer | None = None) -> Dim:
    """The dimension as TVM's analyser simplifies it."""
    return dim if isinstance(dim, int | AnyDim) else as_dim((by or analyzer()).simplify(dim))


def equal(a: Dim, b: Dim) -> bool:
    """Whether two dimensions are provably equal."""
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return a is b or analyzer().can_prove_equal(as_expr(a), as_expr(b))


def alike(a: Dim, b: Dim) -> bool:
    """Whether two dimensions are the same expression."""
    return a == b if isinstance(a, int) or isinstance(b, int) else a is b or same_expression(a, b)


def differ(a: Dim, b: Dim) -> bool:
    """Whether two dimensions provably differ."""
    if isinstance(a, int) and isinstance(b, int):
        return a != b
    return a is not b and analyzer().can_prove(prim.NE(as_expr(a), as_expr(b)))


def proven(condition: PrimExpr) -> bool:
    """Whether a condition holds whatever its variables are."""
    return analyzer().can_prove(condition)


def same(a: Shape, b: Shape) -> bool:
    """Whether two shapes are provably equal."""
    return len(a) == len(b) and all(map(equal, a, b))
