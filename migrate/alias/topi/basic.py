"""Element by element, movement, sums and products: what tvm.topi gives for plain shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from migrate.alias.tir import ops
from migrate.alias.tir.nodes import as_scalar
from tensor_core import prim
from tensor_core.loops.nodes import Combiner
from tensor_core.te.arithmetic import add, at, binary, divide, multiply, subtract
from tensor_core.te.tensor import compute, reduce_axis, reduction

__all__ = [
    "add", "broadcast_to", "cast", "clip", "divide", "exp", "full", "identity", "log", "matmul", "maximum", "minimum",
    "multiply", "negative", "reshape", "sqrt", "subtract", "sum", "tanh", "transpose",
]  # fmt: skip


maximum = binary("maximum", ops.max)
minimum = binary("minimum", ops.min)


def _unary(name: str, change: Callable[[Any], Any], label: str = "compute") -> Callable[..., Any]:
    def make(x: Any) -> Any:
        """Element by element."""
        return compute(x.shape, lambda *i: change(x(*i)), name=label, tag="elemwise")

    make.__name__ = name
    return make


exp = _unary("exp", ops.unary("exp"))
log = _unary("log", ops.unary("log"))
sqrt = _unary("sqrt", ops.unary("sqrt"))
tanh = _unary("tanh", ops.unary("tanh"))


def _negated(value: Any) -> Any:
    return value * prim.const(-1, value.dtype)


def _same(value: Any) -> Any:
    return value


negative = _unary("negative", _negated)
identity = _unary("identity", _same, "T_identity")


def cast(x: Any, dtype: str) -> Any:
    """The same values as another element type."""
    return compute(x.shape, lambda *i: x(*i).astype(str(dtype)), name="T_cast", tag="elemwise")


def clip(x: Any, a_min: Any, a_max: Any) -> Any:
    """The values, no smaller and no greater than the bounds."""

    def bounded(*i: Any) -> Any:
        value = x(*i)
        low, high = (as_scalar(bound, value).astype(value.dtype) for bound in (a_min, a_max))
        return ops.max(ops.min(value, high), low)

    return compute(x.shape, bounded, name="compute", tag="elemwise")


def full(shape: Sequence[Any], dtype: str, fill_value: Any) -> Any:
    """One value everywhere."""
    return compute(tuple(shape), lambda *_: as_scalar(fill_value).astype(str(dtype)), name="T_full")


def broadcast_to(data: Any, shape: Sequence[Any]) -> Any:
    """The tensor repeated to a shape."""
    return compute(tuple(shape), lambda *i: at(data, i), name="T_broadcast_to", tag="broadcast")


def transpose(a: Any, axes: Sequence[int] | None = None) -> Any:
    """The dimensions in another order, by default reversed."""
    order = [int(axis) % a.ndim for axis in axes] if axes else list(reversed(range(a.ndim)))
    shape = [a.shape[axis] for axis in order]
    return compute(shape, lambda *i: a(*(i[order.index(axis)] for axis in range(a.ndim))), name="T_transpose")


def reshape(a: Any, newshape: Sequence[Any]) -> Any:
    """The elements in order in another shape. TypeError for a shape that is no list of dimensions."""
    if not isinstance(newshape, (tuple, list)):
        raise TypeError(f"expected a list of dimensions, got {newshape!r}")

    def element(*i: Any) -> Any:
        place: Any = prim.const(0, "int64")
        for index, dim in zip(i, newshape, strict=True):
            place = place * dim + index
        return a(*_unraveled(place, a.shape))

    return compute(tuple(newshape), element, name="T_reshape")


def _unraveled(place: Any, shape: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for dim in reversed(shape):
        found.append(place % dim)
        place = place // dim
    return list(reversed(found))


def sum(data: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum over dimensions, by default all."""
    axes = range(data.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    over = sorted(int(item) % data.ndim for item in axes)
    names = {place: reduce_axis((0, data.shape[place]), f"k{place}") for place in over}
    kept = [place for place in range(data.ndim) if place not in names]
    shape = [1 if place in names else dim for place, dim in enumerate(data.shape)]
    out = shape if keepdims else [data.shape[place] for place in kept]

    def element(*i: Any) -> Any:
        free = {place: i[place if keepdims else kept.index(place)] for place in kept}
        index = [names[place].var if place in names else free[place] for place in range(data.ndim)]
        return reduction(Combiner.SUM, data(*index), list(names.values()))

    return compute(out, element, name=f"{data.op.name}_red", tag="comm_reduce")


def matmul(a: Any, b: Any, transp_a: bool = False, transp_b: bool = False, name: str = "T_matmul") -> Any:
    """The product of two matrices."""
    k = reduce_axis((0, a.shape[0 if transp_a else 1]), "k")

    def element(i0: Any, i1: Any) -> Any:
        left = a(k.var, i0) if transp_a else a(i0, k.var)
        right = b(i1, k.var) if transp_b else b(k.var, i1)
        return reduction(Combiner.SUM, left * right, k)

    shape = (a.shape[1 if transp_a else 0], b.shape[0 if transp_b else 1])
    return compute(shape, element, name=name, tag="matmul", attrs={"layout_free_placeholders": (b,)})
