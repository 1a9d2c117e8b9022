"""Tensors of tensor expressions: placeholders, and those computed from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from inspect import Parameter, signature
from typing import Any, ClassVar, cast

from tensor_core import prim
from tensor_core.loops.builder import identity
from tensor_core.loops.nodes import Combiner
from tensor_core.node import Node, node
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import as_dim
from tensor_core.tir.expr import IterVar, Range

__all__ = ["Operation", "Reduction", "Tensor", "TensorRead", "compute", "placeholder", "reduce_axis", "reduction"]


class Operation:
    """What makes tensors: nothing (a placeholder), or for every point of ``axis`` the expressions of ``body``."""

    def __init__(
        self,
        name: str,
        axis: Sequence[IterVar] = (),
        body: Sequence[PrimExpr] = (),
        tag: str = "",
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.axis = tuple(axis)
        self.body = tuple(body)
        self.tag = tag
        self.attrs = dict(attrs or {})
        self.outputs: list[Tensor] = []

    @property
    def reduce_axis(self) -> tuple[IterVar, ...]:
        """The axes that are combined."""
        first = self.body[0] if self.body else None
        return first.axis if isinstance(first, Reduction) else ()

    def output(self, index: int) -> Tensor:
        """One of the tensors it makes."""
        return self.outputs[index]


class Tensor:
    """A tensor by its shape and element type; indexing gives one element."""

    def __init__(self, shape: Sequence[Any], dtype: str, op: Operation, value_index: int = 0) -> None:
        self.shape = tuple(map(as_dim, shape))
        self.dtype = dtype
        self.op = op
        self.value_index = value_index

    @property
    def name(self) -> str:
        """The name of what makes it."""
        several = len(self.op.outputs) > 1
        return f"{self.op.name}.v{self.value_index}" if several else self.op.name

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def __add__(self, other: Any) -> Any:
        return _arithmetic("add")(self, other)

    def __radd__(self, other: Any) -> Any:
        return _arithmetic("add")(other, self)

    def __sub__(self, other: Any) -> Any:
        return _arithmetic("subtract")(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _arithmetic("subtract")(other, self)

    def __mul__(self, other: Any) -> Any:
        return _arithmetic("multiply")(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _arithmetic("multiply")(other, self)

    def __truediv__(self, other: Any) -> Any:
        return _arithmetic("divide")(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _arithmetic("divide")(other, self)

    def __getitem__(self, indices: Any) -> PrimExpr:
        return self(*(cast("tuple[Any, ...]", indices) if isinstance(indices, tuple) else (indices,)))

    def __call__(self, *indices: Any) -> PrimExpr:
        """One element. ValueError for another number of indices."""
        if len(indices) != len(self.shape):
            raise ValueError(f"Need to provide {len(self.shape)} index in tensor but {len(indices)} was provided")
        places = (item.var if isinstance(item, IterVar) else item for item in indices)
        return TensorRead(self, tuple(as_index(item) for item in places), self.dtype)


def _arithmetic(name: str) -> Callable[..., Any]:
    return getattr(import_module("tensor_core.te.arithmetic"), name)


@node
class TensorRead(PrimExpr):
    """One element of a tensor."""

    children: ClassVar[tuple[str, ...]] = ("indices",)
    tensor: Tensor
    indices: tuple[PrimExpr, ...]
    dtype: str


@node
class Reduction(PrimExpr):
    """``source`` combined over all points of the reduced axes."""

    children: ClassVar[tuple[str, ...]] = ("source",)
    combiner: Combiner
    source: PrimExpr
    axis: tuple[IterVar, ...]
    dtype: str


def as_index(value: Any) -> PrimExpr:
    """An index as an expression; numbers are int64."""
    return value if isinstance(value, PrimExpr) else prim.const(int(value), "int64")


def placeholder(shape: Sequence[Any], dtype: str = "float32", name: str = "placeholder") -> Tensor:
    """A tensor that is given."""
    op = Operation(name)
    op.outputs.append(Tensor(shape if isinstance(shape, tuple | list) else (shape,), dtype, op))
    return op.outputs[0]


def reduce_axis(dom: Any, name: str = "rv") -> IterVar:
    """An axis to combine over, from ``dom[0]`` up to ``dom[1]``."""
    start, stop = (dom.min, dom.min + dom.extent) if isinstance(dom, Node) else dom
    known = isinstance(start, int) and isinstance(stop, int)
    extent = int(stop) - int(start) if known else stop - start if not _is_zero(start) else stop
    dtype = extent.dtype if isinstance(extent, PrimExpr) else "int64"
    return IterVar(Range(prim.wrap(start, dtype), prim.wrap(extent, dtype)), Var(name, dtype), "CommReduce")


def _is_zero(value: Any) -> bool:
    return isinstance(value, int) and value == 0


def reduction(combiner: Combiner, expr: Any, axis: Any) -> Reduction:
    """``expr`` combined over one axis or several."""
    axes = tuple(cast("Sequence[IterVar]", axis)) if isinstance(axis, tuple | list) else (axis,)
    return Reduction(combiner, expr, axes, expr.dtype)


def compute(
    shape: Sequence[Any],
    fcompute: Callable[..., Any],
    name: str = "compute",
    tag: str = "",
    attrs: Mapping[str, Any] | None = None,
    index: str = "i",
) -> Any:
    """The tensor whose elements ``fcompute(*indices)`` gives, or several when it gives a tuple."""
    dims = tuple(map(as_dim, shape if isinstance(shape, tuple | list) else (shape,)))
    names = _index_names(fcompute, len(dims), index)
    axis = [_axis(label, dim) for label, dim in zip(names, dims, strict=True)]
    made = fcompute(*(item.var for item in axis))
    several = isinstance(made, tuple | list)
    body = [_scalar(item) for item in (cast("Sequence[Any]", made) if several else [made])]
    op = Operation(name, axis, body, tag, attrs)
    op.outputs += [Tensor(dims, item.dtype, op, place) for place, item in enumerate(body)]
    return tuple(op.outputs) if several else op.outputs[0]


def _axis(name: str, dim: Any) -> IterVar:
    dtype = dim.dtype if isinstance(dim, PrimExpr) else "int64"
    return IterVar(Range(prim.const(0, dtype), prim.wrap(dim, dtype)), Var(name, dtype), "DataPar")


def _index_names(fcompute: Callable[..., Any], count: int, index: str) -> list[str]:
    params = list(signature(fcompute).parameters.values())
    plain = [item.name for item in params if item.kind is not Parameter.VAR_POSITIONAL][:count]
    return plain + [f"{index}{place}" for place in range(len(plain), count)]


def _scalar(value: Any) -> PrimExpr:
    if isinstance(value, PrimExpr):
        return value
    return prim.const(value, "float32" if isinstance(value, float) else "bool" if isinstance(value, bool) else "int32")


def neutral(item: Reduction) -> PrimExpr:
    """What a reduction starts with."""
    return identity(item.combiner, item.dtype)
