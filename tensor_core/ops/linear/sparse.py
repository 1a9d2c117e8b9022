"""nn.sparse_dense, nn.sparse_add, nn.sparse_transpose and nn.sparse_conv2d: matrices stored by rows.

A sparse matrix is its elements (CSR) or blocks of them (BSR), the column of each, and where each row of them starts.
What is stored twice adds up. nn.sparse_conv2d has a kernel of one place. For nn.internal.sparse_dense_padded TVM 0.19
has no kernel on CPUs, and this card a type only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.ops import contraction, rules
from tensor_core.ops.card import Field, Input, Kind, NoParams, OpCard, Pattern, Reject, RelaySpelling, Rounding
from tensor_core.ops.rules import Array
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, TupleType, Type


@dataclass(frozen=True, slots=True)
class SparseDense:
    """``sparse_lhs``: the sparse matrix is the left factor, the dense one the right factor transposed."""

    sparse_lhs: bool = False


@dataclass(frozen=True, slots=True)
class SparseConv2D:
    """``layout``: "NHWC" or "NCHW"."""

    layout: str
    kernel_size: tuple[int, ...]


def _rows(starts: Type) -> Dim:
    found = rules.tensor(starts, 3)
    if found.rank != 1:
        raise Reject(f"expected a vector, got {rules.show(found.shape)}", 3)
    return shapes.subtract(found.shape[0], 1)


def _infer_dense(params: SparseDense, *types: Type) -> Type:
    dense, stored = rules.tensor(types[0], 0), rules.tensor(types[1], 1)
    if stored.rank not in (1, 3):
        raise Reject(f"expected elements or blocks, got {rules.show(stored.shape)}", 1)
    if not dense.rank:
        raise Reject("expected a matrix, got a scalar", 0)
    rows = _rows(types[3])
    rows = rows if stored.rank == 1 else shapes.multiply(rows, stored.shape[1])
    shape = (rows, dense.shape[0]) if params.sparse_lhs else (dense.shape[0], rows)
    return TensorType(shape, dense.dtype)


def filled(stored: Array, columns: Array, starts: Array, width: int) -> Array:
    """The sparse matrix as a dense one of this many columns."""
    blocks = stored if stored.ndim == 3 else stored.reshape(-1, 1, 1)
    height, wide = blocks.shape[1:]
    result = np.zeros(((len(starts) - 1) * height, width), stored.dtype)
    for row in range(len(starts) - 1):
        for n in range(int(starts[row]), int(starts[row + 1])):
            first = int(columns[n]) * wide
            result[row * height : (row + 1) * height, first : first + wide] += blocks[n]
    return result


def _dense(params: SparseDense, dense: Array, stored: Array, columns: Array, starts: Array) -> Array:
    matrix = filled(stored, columns, starts, int(dense.shape[-1]))
    left, right = (matrix, dense) if params.sparse_lhs else (dense, matrix)
    return np.matmul(left, right.T).astype(dense.dtype)


def _infer_add(params: NoParams, *types: Type) -> Type:
    del params
    dense, stored, columns = (rules.tensor(item, n) for n, item in enumerate(types[:3]))
    if stored.dtype != dense.dtype:
        raise Reject(f"operands have different element types: {dense.dtype} and {stored.dtype}", 1)
    for argument, operand in ((1, stored), (2, columns)):
        if operand.rank != 1:
            raise Reject(f"expected a vector, got {rules.show(operand.shape)}", argument)
    return TensorType(dense.shape, dense.dtype)


def _add(params: NoParams, dense: Array, stored: Array, columns: Array, starts: Array) -> Array:
    del params
    result = dense.copy()
    for row in range(len(dense)):
        for n in range(int(starts[row]), int(starts[row + 1])):
            result[row, int(columns[n])] = stored[n] + result[row, int(columns[n])]
    return result


def _infer_transpose(params: NoParams, *types: Type) -> Type:
    del params
    fields = tuple(rules.tensor(item, n) for n, item in enumerate(types))
    for argument, operand in enumerate(fields[:2]):
        if operand.rank != 1:
            raise Reject(f"expected a vector, got {rules.show(operand.shape)}", argument)
    return TupleType(tuple(TensorType(item.shape, item.dtype) for item in fields))


def _transpose(params: NoParams, stored: Array, columns: Array, starts: Array) -> tuple[Array, Array, Array]:
    del params
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    order = np.argsort(columns, kind="stable")
    counts = np.bincount(columns, minlength=len(starts) - 1)
    ends: Array = np.concatenate([[0], np.cumsum(counts)])
    return stored[order], rows[order].astype(columns.dtype), ends.astype(starts.dtype)


def _infer_conv(params: SparseConv2D, *types: Type) -> Type:
    data, stored = rules.tensor(types[0], 0), rules.tensor(types[1], 1)
    if stored.rank not in (2, 3):
        raise Reject(f"expected blocks, got {rules.show(stored.shape)}", 1)
    if data.rank < 4 or params.layout not in ("NHWC", "NCHW"):
        raise Reject(f"expected four dimensions as NHWC or NCHW, got {rules.show(data.shape)} as {params.layout}", 0)
    channels = shapes.multiply(_rows(types[3]), stored.shape[1])
    n, *rest = data.shape[:4]
    shape = (n, *rest[:2], channels) if params.layout == "NHWC" else (n, channels, *rest[1:])
    return TensorType(shape, data.dtype)


def _conv(params: SparseConv2D, data: Array, stored: Array, columns: Array, starts: Array) -> Array:
    if params.kernel_size != (1, 1):
        raise Reject("TVM computes sparse convolutions with a kernel of one place only")
    last = params.layout == "NHWC"
    matrix = filled(stored[..., None] if stored.ndim == 2 else stored, columns, starts, data.shape[3 if last else 1])
    return contraction.einsum("nhwi,oi->nhwo" if last else "nihw,oi->nohw", data, matrix).astype(data.dtype)


def _length(params: Any, *types: TensorType) -> Dim:
    return types[0].shape[1] if isinstance(params, SparseConv2D) and params.layout == "NCHW" else types[0].shape[-1]


def _rounding(reference: Callable[..., Array]) -> Rounding:
    def factor(params: Any, *types: TensorType) -> float:
        count = _length(params, *types)
        return float(count) if isinstance(count, int) else 1e4

    def magnitude(params: Any, dense: Array, stored: Array, columns: Array, starts: Array) -> Array:
        return reference(params, np.abs(dense), np.abs(stored), columns, starts)

    return Rounding(ulps=1, factor=factor, magnitude=magnitude)


_INPUTS = ("dense_data", "sparse_data", "sparse_indices", "sparse_indptr")
_SIDE = (Field("sparse_lhs", Kind.BOOL, False),)

CARDS = (
    OpCard(
        name="nn.sparse_dense",
        inputs=tuple(map(Input, _INPUTS)),
        params=SparseDense,
        infer=_infer_dense,
        reference=_dense,
        relay=RelaySpelling(name="nn.sparse_dense", attrs_type="relay.attrs.SparseDenseAttrs", fields=_SIDE),
        pattern=Pattern.OUT_FUSABLE,
        error=_rounding(_dense),
    ),
    OpCard(
        name="nn.internal.sparse_dense_padded",
        inputs=tuple(map(Input, ("data", "weight_data", "weight_indices", "weight_indptr"))),
        params=SparseDense,
        infer=_infer_dense,
        relay=RelaySpelling(
            name="nn.internal.sparse_dense_padded", attrs_type="relay.attrs.SparseDenseAttrs", fields=_SIDE
        ),
        pattern=Pattern.OUT_FUSABLE,
    ),
    OpCard(
        name="nn.sparse_add",
        inputs=tuple(map(Input, _INPUTS)),
        params=NoParams,
        infer=_infer_add,
        reference=_add,
        relay=RelaySpelling(name="nn.sparse_add"),
        error=_rounding(_add),
    ),
    OpCard(
        name="nn.sparse_transpose",
        inputs=tuple(map(Input, _INPUTS[1:])),
        params=NoParams,
        infer=_infer_transpose,
        reference=_transpose,
        relay=RelaySpelling(name="nn.sparse_transpose", attrs_type="relay.attrs.SparseTransposeAttrs"),
        pattern=Pattern.OUT_FUSABLE,
    ),
    OpCard(
        name="nn.sparse_conv2d",
        inputs=tuple(map(Input, _INPUTS)),
        params=SparseConv2D,
        infer=_infer_conv,
        reference=_conv,
        relay=RelaySpelling(
            name="nn.sparse_conv2d",
            attrs_type="relay.attrs.SparseConv2DAttrs",
            fields=(Field("layout", Kind.STR, "NHWC"), Field("kernel_size", Kind.INTS, (1, 1))),
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=_rounding(_conv),
    ),
)
