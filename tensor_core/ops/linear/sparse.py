"""nn.sparse_dense, nn.sparse_add, nn.sparse_transpose and nn.sparse_conv2d: matrices stored by rows.

A sparse matrix is its elements (CSR) or blocks of them (BSR), the column of each, and where each row of them starts.
What is stored twice adds up. nn.sparse_conv2d has a kernel of one place. nn.internal.sparse_dense_padded is what TVM
0.19 makes of nn.sparse_dense for CUDA.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensor_core import shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, nest, sequence, store
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import contraction, rules
from tensor_core.ops.card import Field, Input, Kind, Law, NoParams, OpCard, Pattern, Reject, RelaySpelling, Rounding
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim, as_expr
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of


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


def _stored(columns: Tensor, starts: Tensor, body: Callable[[Var, PrimExpr, PrimExpr], Stmt]) -> Stmt:
    """Statements for every stored element: its row, its place among the stored, and its column."""
    if starts.rank != 1:
        raise Reject(f"expected where the rows begin as a vector, got {rules.show(starts.shape)}", 3)

    def element(row: Var, n: Var) -> Stmt:
        place = starts[row].astype("int64") + n
        return body(row, place, columns[place].astype("int64"))

    def line(row: Var) -> Stmt:
        count = (starts[row + 1] - starts[row]).astype("int64")
        return loop(count, lambda n: element(row, n), "n")

    return loop(shapes.subtract(starts.shape[0], 1), line, "row")


Place = Callable[[tuple[PrimExpr, ...], PrimExpr], tuple[PrimExpr, ...]]
"""Where an element stands, of its place in the dimensions that both factors keep and its number in the other one."""


def _expand_padded(params: SparseDense, f: Fragment[Any], *values: Any) -> Any:
    """Rows are padded with zeros to a length that suits a processor, which changes no sum."""
    if params.sparse_lhs:
        raise Reject("TVM multiplies padded rows from the right only")
    return f.call("nn.sparse_dense", *values, sparse_lhs=False)


def _product(
    b: LoopBuilder,
    result: Tensor,
    dense: Tensor,
    matrix: tuple[Tensor, Tensor, Tensor],
    kept: Sequence[Dim],
    places: tuple[Place, Place],
) -> Tensor:
    """Add the sparse matrix times ``dense``; ``places``: in ``dense`` by columns, in ``result`` by rows."""
    stored, columns, starts = matrix
    height, wide = stored.shape[1:] if stored.rank == 3 else (stored.shape[1] if stored.rank == 2 else 1, 1)

    def block(row: PrimExpr, n: PrimExpr, column: PrimExpr) -> Stmt:
        def element(i: tuple[Var, ...]) -> Stmt:
            y, x, *place = i
            taken = dense[places[0](tuple(place), column * as_expr(wide) + x)]
            factor = stored[(n, y, x)[: stored.rank]].astype(dense.dtype)
            target = places[1](tuple(place), row * as_expr(height) + y)
            return store(result, target, result[target] + taken * factor)

        return nest((height, wide, *kept), element)

    b.emit(_stored(columns, starts, block))
    return result


def _lower_dense(
    params: SparseDense, b: LoopBuilder, dense: Tensor, stored: Tensor, columns: Tensor, starts: Tensor
) -> Tensor:
    if dense.rank != 2:
        raise Reject(f"expected a matrix, got {rules.show(dense.shape)}", 0)
    types = [TensorType(item.shape, item.dtype) for item in (dense, stored, columns, starts)]
    shape = rules.tensor(_infer_dense(params, *types), 0).shape
    result = b.compute(shape, lambda *_: 0, dense.dtype, name="sparse_dense")
    left: Place = lambda i, n: (n, *i)  # noqa: E731
    right: Place = lambda i, n: (*i, n)  # noqa: E731
    places = (right, left if params.sparse_lhs else right)
    return _product(b, result, dense, (stored, columns, starts), dense.shape[:1], places)


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


def _lower_add(
    _params: NoParams, b: LoopBuilder, dense: Tensor, stored: Tensor, columns: Tensor, starts: Tensor
) -> Tensor:
    result = b.compute(dense.shape, lambda *i: dense[i], name="csr_add")

    def add(row: PrimExpr, n: PrimExpr, column: PrimExpr) -> Stmt:
        return store(result, (row, column), stored[n] + result[row, column])

    b.emit(_stored(columns, starts, add))
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


def _lower_transpose(
    _params: NoParams, b: LoopBuilder, stored: Tensor, columns: Tensor, starts: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """How many elements each column holds says where it begins; elements then take their places in order of rows."""
    ends = b.compute(starts.shape, lambda *_: 0, starts.dtype, name="out_indptr")
    rows, count = shapes.subtract(starts.shape[0], 1), stored.shape[0]

    def grown(tensor: Tensor, place: PrimExpr, value: PrimExpr | int = 1) -> Stmt:
        return store(tensor, (place,), tensor[place] + value)

    b.emit(loop(count, lambda n: grown(ends, columns[n].astype("int64") + 1), "n"))
    b.emit(loop(rows, lambda n: grown(ends, n + 1, ends[n]), "n"))
    following = b.compute(starts.shape, lambda *i: ends[i], name="next")
    data = b.scratch(stored.shape, stored.dtype, name="out_data")
    indices = b.scratch(columns.shape, columns.dtype, name="out_indices")

    def move(row: PrimExpr, n: PrimExpr, column: PrimExpr) -> Stmt:
        place = following[column].astype("int64")
        return sequence(
            store(data, (place,), stored[n]),
            store(indices, (place,), row.astype(columns.dtype)),
            grown(following, column),
        )

    b.emit(_stored(columns, starts, move))
    return data, indices, ends


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


def _lower_conv(
    params: SparseConv2D, b: LoopBuilder, data: Tensor, stored: Tensor, columns: Tensor, starts: Tensor
) -> Tensor:
    if params.kernel_size != (1, 1):
        raise Reject("TVM computes sparse convolutions with a kernel of one place only")
    types = [TensorType(item.shape, item.dtype) for item in (data, stored, columns, starts)]
    shape = rules.tensor(_infer_conv(params, *types), 0).shape
    result = b.compute(shape, lambda *_: 0, data.dtype, name="sparse_conv2d")
    channel = 3 if params.layout == "NHWC" else 1
    place: Place = lambda i, n: (*i[:channel], n, *i[channel:])  # noqa: E731
    kept = (*shape[:channel], *shape[channel + 1 :])
    return _product(b, result, data, (stored, columns, starts), kept, (place, place))


def _length(params: Any, *types: TensorType) -> Dim:
    return types[0].shape[1] if isinstance(params, SparseConv2D) and params.layout == "NCHW" else types[0].shape[-1]


def _rounding(reference: Callable[..., Array]) -> Rounding:
    def factor(params: Any, *types: TensorType) -> float:
        count = _length(params, *types)
        return float(count) if isinstance(count, int) else 1e4

    def magnitude(params: Any, dense: Array, stored: Array, columns: Array, starts: Array) -> Array:
        return reference(params, np.abs(dense), np.abs(stored), columns, starts)

    return Rounding(ulps=1, factor=factor, magnitude=magnitude)


def _draw_stored(d: Draw, rows: int, columns: int) -> tuple[Array, Array]:
    """The columns of what is stored and where each row starts."""
    kind: type[Any] = d.one_of(np.int32, np.int64)
    counts = d.extents(rows, 0, 2)
    places = np.asarray([d.integer(0, columns - 1) for _ in range(sum(counts))], kind)
    return places, np.cumsum((0, *counts)).astype(kind)


def _sparse(
    params: Any, dense: Sequence[TensorType], block: Sequence[int], dtype: str, stored: tuple[Array, Array]
) -> Drawn:
    """A call with the sparse matrix behind the dense operand, if there is one."""
    elements = TensorType((len(stored[0]), *block), dtype)
    types = (*dense, elements, *map(tensor_type_of, stored))
    return Drawn(params, types, values={len(dense) + 1 + n: item for n, item in enumerate(stored)})


def _draw_dense(d: Draw) -> Drawn:
    dtype, (rows, columns, kept) = d.one_of(*FLOATS, "int32"), d.extents(3, 1, 4)
    block = d.extents(2, 1, 3) if d.flag() else ()
    dense = TensorType((kept, columns * block[1] if block else columns), dtype)
    return _sparse(SparseDense(d.flag()), (dense,), block, dtype, _draw_stored(d, rows, columns))


def _draw_padded(d: Draw) -> Drawn:
    return replace(_draw_dense(d), params=SparseDense(sparse_lhs=False))


def _draw_add(d: Draw) -> Drawn:
    dtype, (rows, columns) = d.one_of(*FLOATS, "int32"), d.extents(2)
    return _sparse(NoParams(), (TensorType((rows, columns), dtype),), (), dtype, _draw_stored(d, rows, columns))


def _draw_transpose(d: Draw) -> Drawn:
    rows = d.integer(1, 5)
    return _sparse(NoParams(), (), (), d.one_of(*FLOATS, "int32"), _draw_stored(d, rows, rows))


def _draw_conv(d: Draw) -> Drawn:
    dtype, (batch, height, width, rows, columns) = d.one_of(*FLOATS, "int32"), d.extents(5, 1, 3)
    block = d.extents(d.integer(1, 2), 1, 3)
    channels = columns * (block[1] if len(block) == 2 else 1)
    params = SparseConv2D(d.one_of("NHWC", "NCHW"), (1, 1))
    shape = (batch, height, width, channels) if params.layout == "NHWC" else (batch, channels, height, width)
    return _sparse(params, (TensorType(shape, dtype),), block, dtype, _draw_stored(d, rows, columns))


_INPUTS = ("dense_data", "sparse_data", "sparse_indices", "sparse_indptr")
_LINEAR = frozenset((Law.ODD, Law.SCALES))
_SIDE = (Field("sparse_lhs", Kind.BOOL, False),)

CARDS = (
    OpCard(
        name="nn.sparse_dense",
        inputs=tuple(map(Input, _INPUTS)),
        params=SparseDense,
        infer=_infer_dense,
        reference=_dense,
        lower=_lower_dense,
        relay=RelaySpelling(name="nn.sparse_dense", attrs_type="relay.attrs.SparseDenseAttrs", fields=_SIDE),
        pattern=Pattern.OUT_FUSABLE,
        error=_rounding(_dense),
        laws=_LINEAR,
        draw=_draw_dense,
    ),
    OpCard(
        name="nn.internal.sparse_dense_padded",
        inputs=tuple(map(Input, ("data", "weight_data", "weight_indices", "weight_indptr"))),
        params=SparseDense,
        infer=_infer_dense,
        expand=_expand_padded,
        relay=RelaySpelling(
            name="nn.internal.sparse_dense_padded", attrs_type="relay.attrs.SparseDenseAttrs", fields=_SIDE
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=_rounding(_dense),
        draw=_draw_padded,
    ),
    OpCard(
        name="nn.sparse_add",
        inputs=tuple(map(Input, _INPUTS)),
        params=NoParams,
        infer=_infer_add,
        reference=_add,
        lower=_lower_add,
        relay=RelaySpelling(name="nn.sparse_add"),
        error=_rounding(_add),
        draw=_draw_add,
    ),
    OpCard(
        name="nn.sparse_transpose",
        inputs=tuple(map(Input, _INPUTS[1:])),
        params=NoParams,
        infer=_infer_transpose,
        reference=_transpose,
        lower=_lower_transpose,
        relay=RelaySpelling(name="nn.sparse_transpose", attrs_type="relay.attrs.SparseTransposeAttrs"),
        pattern=Pattern.OUT_FUSABLE,
        draw=_draw_transpose,
    ),
    OpCard(
        name="nn.sparse_conv2d",
        inputs=tuple(map(Input, _INPUTS)),
        params=SparseConv2D,
        infer=_infer_conv,
        reference=_conv,
        lower=_lower_conv,
        relay=RelaySpelling(
            name="nn.sparse_conv2d",
            attrs_type="relay.attrs.SparseConv2DAttrs",
            fields=(Field("layout", Kind.STR, "NHWC"), Field("kernel_size", Kind.INTS, (1, 1))),
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=_rounding(_conv),
        laws=_LINEAR,
        draw=_draw_conv,
    ),
)
