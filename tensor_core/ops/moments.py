"""What the normalisations share: zero mean and unit variance over some axes, as arrays, expansions and loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensor_core import prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import reductions
from tensor_core.ops.draw import Draw
from tensor_core.ops.reductions import Reduce
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType


def normalised(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """(x - mean) / sqrt(variance + epsilon) in the element type of x."""
    if not x.size:
        return x
    centred = x - x.mean(axis=axes, keepdims=True, dtype=x.dtype)
    variance = (centred * centred).mean(axis=axes, keepdims=True, dtype=x.dtype)
    return centred / np.sqrt(variance + np.asarray(epsilon, x.dtype))


def normalised_size(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """The magnitude in which errors of :func:`normalised` count.

    The variance may be computed as mean(x * x) - mean(x) ** 2 (TVM's layer_norm kernel), whose error is relative to
    mean(x * x); that is what the last factor is for.
    """
    if not x.size:
        return x
    square = (x * x).mean(axis=axes, keepdims=True)
    deviation = np.sqrt(x.var(axis=axes, keepdims=True) + epsilon)
    return (np.abs(x) + np.abs(x).mean(axis=axes, keepdims=True)) / deviation * (1 + square / deviation**2)


def expand(f: Fragment[Any], data: Any, axes: tuple[int, ...], epsilon: float) -> Any:
    """The same as calls of other cards."""
    mean = f.call("mean", data, axis=axes, keepdims=True)
    centred = f.call("subtract", data, mean)
    variance = f.call("mean", f.call("multiply", centred, centred), axis=axes, keepdims=True)
    shifted = f.call("add", variance, f.constant(epsilon, f.tensor_type(data).dtype))
    return f.call("divide", centred, f.call("sqrt", shifted))


def lower(b: LoopBuilder, x: Tensor, axes: tuple[int, ...], epsilon: float) -> Callable[..., PrimExpr]:
    """The same as loops: two reductions, and the element of the result as an expression over its indices."""
    params = Reduce(axes)
    number = shapes.as_expr(reductions.count(params, x.shape)).astype(x.dtype)
    shape, extents = reductions.reduced_shape(params, x.shape), reductions.extents(params, x.shape)
    total = b.reduce(shape, extents, reductions.element(params, x), Combiner.SUM, name="T_sum")

    def mean(i: tuple[PrimExpr, ...]) -> PrimExpr:
        return total[tuple(index for n, index in enumerate(i) if n not in axes)] / number

    centred = b.compute(x.shape, lambda *i: x[i] - mean(i), name="T_centred")
    square = reductions.element(params, centred, lambda value: value * value)
    spread = b.reduce(shape, extents, square, Combiner.SUM, name="T_spread")

    def value(*i: PrimExpr) -> PrimExpr:
        variance = spread[tuple(index for n, index in enumerate(i) if n not in axes)] / number
        return centred[i] / prim.intrinsic("sqrt", variance + epsilon)

    return value


def aligned(shape: Shape, axes: tuple[int, ...]) -> tuple[Dim, ...]:
    """The shape with which a parameter over ``axes`` broadcasts against a tensor of ``shape``."""
    return tuple(dim if n in axes else 1 for n, dim in enumerate(shape))


def drawn_axes(d: Draw, axes: Sequence[int], rank: int, least: int = 1) -> tuple[int, ...]:
    """Some of these axes in ascending order, at least so many, each counted from either end."""
    return tuple(axes[n] - rank * d.flag() for n in d.axes(len(axes), least))


def fits_relax(scale: bool, center: bool, data: TensorType, release: str) -> str | None:
    """Why a norm of Relax cannot leave out gamma or beta, or take these elements."""
    if not scale or not center:
        return f"the kernel of Relax {release} applies gamma and beta whatever scale and center say"
    if data.dtype not in ("float32", "float16"):
        return f"Relax {release} has a kernel for float32 and float16 only"
    return None


def count(data: TensorType, axes: tuple[int, ...]) -> float:
    """How many elements are joined into one mean, for error models."""
    return reductions.known_count(Reduce(axes), data)
