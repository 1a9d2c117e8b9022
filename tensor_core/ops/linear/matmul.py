"""matmul: numpy's batched matrix product (relax.matmul). Relay's three products are cards of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tensor_core import dtypes, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, rules, window_draw
from tensor_core.ops.card import Input, Law, OpCard, Operand, Pattern, Reject, RelaxSpelling, Value
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives, in_one_type
from tensor_core.ops.indexing import broadcast_index
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Matmul:
    """``out_dtype``: the element type of the result and of the accumulation; empty for the operands' own."""

    out_dtype: str = ""


def _infer(params: Matmul, left: Type, right: Type) -> Type:
    a, b = rules.tensor(left, 0), rules.tensor(right, 1)
    if not a.rank or not b.rank:
        raise Reject("a scalar cannot be multiplied as a matrix", 0 if not a.rank else 1)
    if not contraction.same_dtype(params, a, b):
        raise Reject(f"operands have different element types: {a.dtype} and {b.dtype}", 1)
    inner = b.shape[-2] if b.rank > 1 else b.shape[0]
    if shapes.prove_different(a.shape[-1], inner):
        raise Reject(f"inner dimensions differ: {rules.show(a.shape)} and {rules.show(b.shape)}", 1)
    return TensorType(_shape(a.shape, b.shape), contraction.result_dtype(params, a.dtype))


def _shape(a: Shape, b: Shape) -> Shape:
    batch = rules.broadcast_shape(a[:-2], b[:-2])
    return (*batch, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def _length(params: Matmul, left: TensorType, right: TensorType) -> Dim:
    del params, right
    return left.shape[-1]


def _reference(params: Matmul, a: Array, b: Array) -> Array:
    return contraction.matmul(a, b, contraction.result_dtype(params, dtypes.from_numpy(a.dtype)))


def _lower(params: Matmul, b: LoopBuilder, left: Tensor, right: Tensor) -> Tensor:
    dtype = contraction.result_dtype(params, left.dtype)
    shape = _shape(left.shape, right.shape)
    rows, columns = int(left.rank > 1), int(right.rank > 1)
    outer = len(shape) - rows - columns

    def term(*v: PrimExpr) -> PrimExpr:
        *i, k = v
        batch, row, column = i[:outer], i[outer : outer + rows], i[outer + rows :]
        x = left[(*broadcast_index(batch, left.shape[:-2]), *row, k)]
        y = right[(*broadcast_index(batch, right.shape[:-2]), k, *column)]
        return x.astype(dtype) * y.astype(dtype)

    return b.reduce(shape, (left.shape[-1],), term, Combiner.SUM, dtype=dtype, name="T_matmul")


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    return {"out_dtype": "" if attrs["out_dtype"] in (None, "void") else attrs["out_dtype"]}


def _write(params: Matmul, types: Sequence[Type]) -> Mapping[str, Value]:
    del params, types
    return {}


def _gradient(_params: Matmul, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    """g b^T and a^T g; a vector is a matrix of one row or column."""
    a, b = args
    match len(a.shape), len(b.shape):
        case 1, 1:
            first, second = g * b, g * a
        case 1, _:
            column, row = a.call("expand_dims", axis=(1,)), g.call("expand_dims", axis=(len(g.shape) - 1,))
            first, second = row.call("matmul", b.swapped()), column.call("matmul", row)
        case _, 1:
            row, column = b.call("expand_dims", axis=(0,)), g.call("expand_dims", axis=(len(g.shape),))
            first, second = column.call("matmul", row), a.swapped().call("matmul", column)
            second = second.call("squeeze", axis=(len(second.shape) - 1,))
        case _:
            first, second = g.call("matmul", b.swapped()), a.swapped().call("matmul", g)
    return [first.summed_to(a), second.summed_to(b)]


def _draw(d: Draw) -> Drawn:
    types, batch, (rows, inner, columns) = window_draw.accumulation(d), d.shape(0, 2, most=3), d.extents(3)
    whole, part = (batch, d.narrowed(batch)) if d.flag() else (d.narrowed(batch), batch)
    left = (inner,) if d.integer(0, 3) == 3 else (*whole, rows, inner)
    right = (inner,) if d.integer(0, 3) == 3 else (*part, inner, columns)
    return Drawn(Matmul(types.out), (TensorType(left, types.left), TensorType(right, types.right)))


CARD = OpCard(
    name="matmul",
    inputs=(Input("lhs"), Input("rhs")),
    params=Matmul,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    gradient=derivatives(in_one_type(_gradient)),
    relax=contraction.relax_spellings(
        RelaxSpelling(
            name="relax.matmul",
            operands=(Operand("lhs"), Operand("rhs")),
            attrs_type="relax.attrs.MatmulAttrs",
            read=_read,
        ),
        _write,
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=contraction.rounding(_length, _reference),
    laws=frozenset((Law.ODD,)),
    draw=_draw,
)
