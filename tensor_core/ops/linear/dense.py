"""Relay's matrix products: nn.dense (weight transposed), nn.matmul (by flags), nn.batch_matmul (by flags, in batches).

Relax says them with matmul and permute_dims. A weight without annotation takes its type from ``units`` (MatmulRel in
TVM 0.19).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, rules, window_draw
from tensor_core.ops.card import Field, Input, Kind, Law, OpCard, Pattern, Reject, RelaySpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives, in_one_type
from tensor_core.ops.rules import Array
from tensor_core.prim import IntImm, PrimExpr
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Product:
    """Which operands are stored transposed, and the result's element type (empty: the first operand's).

    ``units``: the number of columns where the second operand's type is not known yet; says nothing otherwise.
    """

    transpose_a: bool = False
    transpose_b: bool = False
    out_dtype: str = ""
    units: Dim | None = field(default=None, compare=False)


def _dims(shape: Shape, transposed: bool) -> tuple[Dim, Dim]:
    """Rows and columns of an operand's last two dimensions, as multiplied."""
    return (shape[-1], shape[-2]) if transposed else (shape[-2], shape[-1])


def _infer(params: Product, left: Type, right: Type) -> Type:
    a, b = rules.tensor(left, 0), rules.tensor(right, 1)
    if a.rank < (2 if params.transpose_a else 1):
        raise Reject(f"the first operand has {a.rank} dimensions", 0)
    if b.rank != 2:
        raise Reject(f"the second operand must be a matrix, not {rules.show(b.shape)}", 1)
    inner, columns = _dims(b.shape, params.transpose_b)
    if params.units is not None and shapes.prove_different(columns, params.units):
        raise Reject(f"units is {shapes.to_text(params.units)}, but the weight has {shapes.to_text(columns)}", 1)
    outer, own = _outer(params, a)
    if shapes.prove_different(own, inner):
        raise Reject(f"inner dimensions differ: {rules.show(a.shape)} and {rules.show(b.shape)}", 1)
    last = columns if params.units is None else params.units
    return TensorType((*outer, last), contraction.result_dtype(params, a.dtype))


def _outer(params: Product, a: TensorType) -> tuple[Shape, Dim]:
    """The first operand's dimensions that the result keeps, and the one that is summed over."""
    if params.transpose_a:
        return (*a.shape[:-2], a.shape[-1]), a.shape[-2]
    return a.shape[:-1], a.shape[-1]


def _assign(params: Product, left: Type | None, right: Type | None) -> Sequence[Type | None]:
    if right is not None or params.units is None or not isinstance(left, TensorType) or not left.rank:
        return left, right
    _, inner = _outer(params, left)
    shape = (params.units, inner) if params.transpose_b else (inner, params.units)
    return left, TensorType(shape, left.dtype)


def _infer_batch(params: Product, left: Type, right: Type) -> Type:
    a, b = rules.tensor(left, 0), rules.tensor(right, 1)
    for argument, operand in enumerate((a, b)):
        if operand.rank != 3:
            raise Reject(f"expected three dimensions, got {rules.show(operand.shape)}", argument)
    rows, inner = _dims(a.shape, params.transpose_a)
    own, columns = _dims(b.shape, params.transpose_b)
    if shapes.prove_different(inner, own):
        raise Reject(f"inner dimensions differ: {rules.show(a.shape)} and {rules.show(b.shape)}", 1)
    return TensorType((_batch(a.shape[0], b.shape[0]), rows, columns), contraction.result_dtype(params, a.dtype))


def _batch(a: Dim, b: Dim) -> Dim:
    # Unlike elementwise broadcasting, an open batch stays open (BatchMatmulRel in TVM 0.19).
    if isinstance(a, shapes.AnyDim) or isinstance(b, shapes.AnyDim):
        return shapes.ANY
    (result,) = rules.broadcast_shape((a,), (b,))
    return result


def _length(params: Product, left: TensorType, right: TensorType) -> Dim:
    del right
    return left.shape[-2] if params.transpose_a else left.shape[-1]


def _reference(params: Product, a: Array, b: Array) -> Array:
    x = np.swapaxes(a, -1, -2) if params.transpose_a else a
    y = np.swapaxes(b, -1, -2) if params.transpose_b else b
    return contraction.matmul(x, y, contraction.result_dtype(params, dtypes.from_numpy(a.dtype)))


def _lower(params: Product, b: LoopBuilder, left: Tensor, right: Tensor) -> Tensor:
    dtype = contraction.result_dtype(params, left.dtype)
    outer, inner = _outer(params, TensorType(left.shape, left.dtype))
    _, columns = _dims(right.shape, params.transpose_b)

    def term(*v: PrimExpr) -> PrimExpr:
        *kept, column, k = v
        x = left[(*kept[:-1], k, kept[-1])] if params.transpose_a else left[(*kept, k)]
        y = right[(column, k)] if params.transpose_b else right[(k, column)]
        return x.astype(dtype) * y.astype(dtype)

    return b.reduce((*outer, columns), (inner,), term, Combiner.SUM, dtype=dtype, name="T_matmul")


def _lower_batch(params: Product, b: LoopBuilder, left: Tensor, right: Tensor) -> Tensor:
    dtype = contraction.result_dtype(params, left.dtype)
    rows, inner = _dims(left.shape, params.transpose_a)
    _, columns = _dims(right.shape, params.transpose_b)

    def term(n: PrimExpr, row: PrimExpr, column: PrimExpr, k: PrimExpr) -> PrimExpr:
        first, second = (IntImm(0) if operand.shape[0] == 1 else n for operand in (left, right))
        x = left[(first, k, row)] if params.transpose_a else left[(first, row, k)]
        y = right[(second, column, k)] if params.transpose_b else right[(second, k, column)]
        return x.astype(dtype) * y.astype(dtype)

    shape = (_batch(left.shape[0], right.shape[0]), rows, columns)
    return b.reduce(shape, (inner,), term, Combiner.SUM, dtype=dtype, name="T_batch_matmul")


def _expand(params: Product, f: Fragment[Any], left: Any, right: Any) -> Any:
    if params.transpose_a:
        left = F(f, left).swapped().value
    if params.transpose_b:
        right = F(f, right).swapped().value
    return f.call("matmul", left, right, out_dtype=params.out_dtype)


def _gradient(params: Product, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    a, b = args
    if len(a.shape) != 2:
        return _gradient_of_many(params, a, b, g)
    if params.transpose_b and not params.transpose_a:
        return [_dense(g, b.call("transpose")).summed_to(a),
                _dense(g.call("transpose"), a.call("transpose")).summed_to(b)]  # fmt: skip
    return _product_gradient("nn.matmul", params, a, b, g)


def _gradient_of_many(params: Product, a: F, b: F, g: F) -> Sequence[F]:
    """The same where the first factor is a vector or many matrices, as one of all their rows. (TVM 0.19 fails.)"""

    def rows(value: F) -> F:
        *outer, length = value.shape
        if isinstance(length, shapes.AnyDim) and any(isinstance(dim, shapes.AnyDim) for dim in outer):
            raise Reject("it needs dimensions that are known")
        return value.call("reshape", shape=(shapes.product(outer), length))

    first = g.call("nn.matmul", b, transpose_b=not params.transpose_b)
    left, right = rows(a.swapped() if params.transpose_a else a), rows(g)
    if params.transpose_b:
        left, right = right, left
    second = left.call("nn.matmul", right, transpose_a=True)
    return [first.swapped() if params.transpose_a else first, second]


def _dense(left: F, right: F) -> F:
    return left.call("nn.dense", right, transpose_b=True, units=right.shape[0])


def _product_gradient(card: str, params: Product, a: F, b: F, g: F) -> Sequence[F]:
    """The adjoints of both factors as products of the seed with the other one, each transposed as it must be."""

    def product(left: F, right: F, left_transposed: bool, right_transposed: bool) -> F:
        # TVM's function for nn.matmul makes an nn.dense where it can.
        dense = card == "nn.matmul" and right_transposed and not left_transposed
        name = "nn.dense" if dense else card
        return left.call(name, right, transpose_a=left_transposed, transpose_b=right_transposed)

    if params.transpose_a:
        first, second = product(b, g, params.transpose_b, True), product(a, g, False, False)
        if params.transpose_b:
            second = product(g, a, True, True)
    else:
        first, second = product(g, b, False, not params.transpose_b), product(a, g, True, False)
    return [first.summed_to(a), second.summed_to(b)]


def _batch_gradient(params: Product, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    a, b = args
    if params.transpose_a or not params.transpose_b:
        return _product_gradient("nn.batch_matmul", params, a, b, g)

    def product(left: F, right: F) -> F:
        return left.call("nn.batch_matmul", right, transpose_b=True)

    return [product(g, b.swapped()).summed_to(a), product(g.swapped(), a.swapped()).summed_to(b)]


def _read_dense(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {
        "transpose_b": True,
        "units": attrs["units"],
        "out_dtype": contraction.read_out_dtype(attrs, types),
    }


def _write_dense(params: Product, types: Sequence[Type]) -> Mapping[str, Value]:
    if params.transpose_a or not params.transpose_b:
        raise Reject("nn.dense takes its weight transposed and its data as it is")
    return {"units": _units(params, types), "out_dtype": params.out_dtype}


def _read_flags(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    return {
        "transpose_a": attrs["transpose_a"],
        "transpose_b": attrs["transpose_b"],
        "units": attrs.get("units"),
        "out_dtype": contraction.read_out_dtype(attrs, types),
    }


def _write_matmul(params: Product, types: Sequence[Type]) -> Mapping[str, Value]:
    return {"units": _units(params, types), **_write_flags(params, types)}


def _write_flags(params: Product, types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {name: getattr(params, name) for name in ("out_dtype", "transpose_a", "transpose_b")}


def _units(params: Product, types: Sequence[Type]) -> int | None:
    _, columns = _dims(rules.tensor(types[1], 1).shape, params.transpose_b)
    return columns if isinstance(columns, int) else None


_FLAGS = (Field("transpose_a", Kind.BOOL, False), Field("transpose_b", Kind.BOOL, False, python=True))
_UNITS = Field("units", Kind.INT, optional=True, python=None)


def _draw(d: Draw) -> Drawn:
    turned, types = (d.flag(), not d.flag()), window_draw.accumulation(d)
    lead, (rows, inner, columns) = d.shape(0, 2, most=3), d.extents(3)
    left = (*lead, inner, rows) if turned[0] else (inner,) if d.flag() else (*lead, rows, inner)
    right = (columns, inner) if turned[1] else (inner, columns)
    params = Product(*turned, types.out, d.some(lambda: columns))
    return Drawn(params, (TensorType(left, types.left), TensorType(right, types.right)))


def _draw_batch(d: Draw) -> Drawn:
    turned, types = (d.flag(), not d.flag()), window_draw.accumulation(d)
    batch, rows, inner, columns = d.extents(4)
    batches = d.one_of((batch, batch), (1, batch), (batch, 1))
    left = (inner, rows) if turned[0] else (rows, inner)
    right = (columns, inner) if turned[1] else (inner, columns)
    operands = (TensorType((batches[0], *left), types.left), TensorType((batches[1], *right), types.right))
    return Drawn(Product(*turned, types.out), operands)


def _card(
    relay: RelaySpelling,
    infer: Callable[..., Type],
    lower: Callable[..., Tensor],
    assign: Callable[..., Sequence[Type | None]] | None,
    gradient: Callable[..., Sequence[F]],
    names: tuple[str, str],
    draw: Callable[[Draw], Drawn],
) -> OpCard[Product]:
    return OpCard(
        name=relay.name,
        inputs=(Input(names[0]), Input(names[1])),
        params=Product,
        infer=infer,
        assign=assign,
        reference=_reference,
        lower=lower,
        expand=_expand,
        gradient=derivatives(in_one_type(gradient)),
        relay=relay,
        pattern=Pattern.OUT_FUSABLE,
        error=contraction.rounding(_length, _reference),
        laws=frozenset((Law.ODD,)),
        draw=draw,
    )


DENSE = _card(
    RelaySpelling(
        name="nn.dense",
        attrs_type="relay.attrs.DenseAttrs",
        fields=(_UNITS, contraction.RELAY_FIELD),
        read=_read_dense,
        write=_write_dense,
    ),
    _infer,
    _lower,
    _assign,
    _gradient,
    ("data", "weight"),
    _draw,
)
MATMUL = _card(
    RelaySpelling(
        name="nn.matmul",
        attrs_type="relay.attrs.MatmulAttrs",
        fields=(_UNITS, contraction.RELAY_FIELD, _FLAGS[0], Field("transpose_b", Kind.BOOL, False)),
        read=_read_flags,
        write=_write_matmul,
    ),
    _infer,
    _lower,
    _assign,
    _gradient,
    ("tensor_a", "tensor_b"),
    _draw,
)
BATCH_MATMUL = _card(
    RelaySpelling(
        name="nn.batch_matmul",
        attrs_type="relay.attrs.BatchMatmulAttrs",
        fields=(contraction.RELAY_FIELD, *_FLAGS),
        read=_read_flags,
        write=_write_flags,
    ),
    _infer_batch,
    _lower_batch,
    None,
    _batch_gradient,
    ("tensor_a", "tensor_b"),
    _draw_batch,
)

CARDS = (DENSE, MATMUL, BATCH_MATMUL)
