"""What sums of products share: the element type they accumulate in, its spelling by release, numpy evaluation, error.

An op without ``out_dtype`` returns its first operand's element type, and every implementation converts the operands to
the result's type before it multiplies (topi in TVM 0.19): int8 by int8 wraps unless ``out_dtype`` asks for int32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from tensor_core import dtypes
from tensor_core.ops.card import Field, Kind, RelaxSpelling, Rounding, Value
from tensor_core.ops.rules import Array
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

RELAY_FIELD = Field("out_dtype", Kind.DTYPE, "")

# float64 holds a sum of this many int16 products exactly.
_EXACT_TERMS = 1 << 22
_UNKNOWN_LENGTH = 1e4


class Accumulating(Protocol):
    """Parameters with an ``out_dtype``; empty means the first operand's element type."""

    @property
    def out_dtype(self) -> str: ...


def result_dtype(params: Accumulating, operand: str) -> str:
    """The element type of the result for a first operand of this element type."""
    return params.out_dtype or operand


def read_out_dtype(attrs: Mapping[str, Value], types: Sequence[Type]) -> str:
    """The parameter behind a spelled ``out_dtype``; operands of two element types make it explicit."""
    written = attrs["out_dtype"]
    if written not in (None, "", "void"):
        return str(written)
    first, second = types[0], types[1]
    if isinstance(first, TensorType) and isinstance(second, TensorType) and first.dtype != second.dtype:
        return first.dtype
    return ""


def relax_spellings(
    spelling: RelaxSpelling, write: Callable[[Any, Sequence[Type]], Mapping[str, Value]]
) -> tuple[RelaxSpelling, ...]:
    """The spelling with ``out_dtype`` as its last field: "void" when not given until 0.25, None from 0.26 on.

    ``write`` gives the other attributes.
    """

    def since(release: str, until: str | None, absent: str | None) -> RelaxSpelling:
        def written(params: Any, types: Sequence[Type]) -> Mapping[str, Value]:
            return {**write(params, types), "out_dtype": params.out_dtype or absent}

        field = Field("out_dtype", Kind.DTYPE, absent, optional=True)
        return replace(spelling, since=release, until=until, fields=(*spelling.fields, field), write=written)

    return since(spelling.since, "0.26", "void"), since("0.26", None, None)


def same_dtype(params: Accumulating, first: TensorType, second: TensorType) -> bool:
    """Whether the operands' element types determine the result's."""
    return bool(params.out_dtype) or first.dtype == second.dtype


def matmul(a: Array, b: Array, dtype: str) -> Array:
    """``a @ b`` accumulated in (at least) ``dtype``: floats in float32 or wider, integers modulo their width."""
    target = dtypes.to_numpy(dtype)
    wide = accumulator(a, b, dtype, a.shape[-1])
    product = np.matmul(prepare(a, dtype, wide), prepare(b, dtype, wide))
    return finish(product, target)


def einsum(subscripts: str, *arrays: Array) -> Array:
    """numpy's einsum for arrays of any element type."""
    untyped: Any = np
    return untyped.einsum(subscripts, *arrays)


def accumulator(a: Array, b: Array, dtype: str, terms: int) -> np.dtype[Any]:
    """The numpy type in which a sum of ``terms`` products is right for a result of ``dtype``."""
    if dtypes.is_float(dtype):
        return dtypes.to_numpy(dtype if dtype in ("float64", dtypes.RESIDUE) else "float32")
    small = max(a.dtype.itemsize, b.dtype.itemsize) <= 2 and terms <= _EXACT_TERMS
    return np.dtype(np.float64 if small and not dtypes.is_float(dtypes.from_numpy(a.dtype)) else np.int64)


def prepare(x: Array, dtype: str, wide: np.dtype[Any]) -> Array:
    """An operand converted to the result's element type, then to the accumulator's."""
    if dtypes.is_float(dtype):
        x = x.astype(dtypes.to_numpy(dtype), copy=False)
    return x.astype(wide, copy=False)


def finish(x: Array, target: np.dtype[Any]) -> Array:
    """An accumulated result in the result's element type; integers wrap."""
    if x.dtype == np.float64 and target.kind in "iu":
        x = x.astype(np.int64)
    return x.astype(target, copy=False)


def narrows(operand: str, out_dtype: str) -> bool:
    """Whether operands lose digits on their way to the result's element type (empty: their own)."""
    return bool(out_dtype) and dtypes.unit_roundoff(out_dtype) > dtypes.unit_roundoff(operand)


def rounding(length: Callable[..., Dim], reference: Callable[..., Array]) -> Rounding:
    """The error model of an op that sums ``length(params, *types)`` products per element."""

    def factor(params: Any, *types: Type) -> float:
        count = length(params, *types)
        # A narrower result rounds both factors of a product as well.
        first = types[0]
        narrow = isinstance(first, TensorType) and narrows(first.dtype, params.out_dtype)
        return (float(count) if isinstance(count, int) else _UNKNOWN_LENGTH) + 2 * narrow

    def magnitude(params: Any, *arrays: Array) -> Array:
        return reference(params, *map(np.abs, arrays))

    return Rounding(ulps=1, factor=factor, magnitude=magnitude)
