"""cumsum and cumprod: the running sum or product along an axis, or over all elements in row-major order.

The computation runs in the result's element type, so narrow integers wrap. ``exclusive`` leaves each element itself
out, so the first is 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor, loop, nest, sequence, store
from tensor_core.loops.nodes import Stmt
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivatives
from tensor_core.ops.indexing import unflatten
from tensor_core.ops.pointwise import ANYWHERE
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr, Var
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Scan:
    """``axis``: None runs over all elements; ``dtype``: the result's element type."""

    axis: int | None
    dtype: str
    exclusive: bool = False


def _infer(params: Scan, data: Type) -> Type:
    source = rules.tensor(data, 0)
    rules.known_dtype(params.dtype)
    if params.axis is not None:
        rules.axis(params.axis, source.rank, 0)
        return TensorType(source.shape, params.dtype)
    if not source.rank:
        raise Reject("a scalar has no elements to run over", 0)
    return TensorType((shapes.product(source.shape),), params.dtype)


def _scan(params: Scan, x: Array, run: np.ufunc, start: int) -> Array:
    kind = dtypes.to_numpy(params.dtype)
    values = x.astype(kind)
    if params.axis is None:
        values = values.reshape(-1)
    axis = rules.axis(params.axis or 0, values.ndim)
    result: Array = run.accumulate(values, axis, kind)
    if not params.exclusive or not result.shape[axis]:
        return result
    first = np.full_like(np.take(values, [0], axis), start)
    return np.concatenate([first, np.take(result, rules.steps(result.shape[axis] - 1), axis)], axis)


def _lower(
    params: Scan, b: LoopBuilder, x: Tensor, join: Callable[[PrimExpr, PrimExpr], PrimExpr], start: int
) -> Tensor:
    shape = x.shape if params.axis is not None else (shapes.product(x.shape),)
    axis = rules.axis(params.axis or 0, len(shape))
    result = b.scratch(shape, params.dtype, name="T_scan")
    total = b.scratch((), params.dtype, name="T_total")

    def visit(outer: tuple[Var, ...]) -> Stmt:
        def step(k: Var) -> Stmt:
            place = (*outer[:axis], k, *outer[axis:])
            value = x[place if params.axis is not None else unflatten(k, x.shape)].astype(params.dtype)
            joined = store(total, (), join(total[()], value))
            written = store(result, place, total[()])
            return sequence(written, joined) if params.exclusive else sequence(joined, written)

        return sequence(store(total, (), prim.const(start, params.dtype)), loop(shape[axis], step))

    b.emit(nest((*shape[:axis], *shape[axis + 1 :]), visit))
    return result


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    dtype = attrs["dtype"] or rules.tensor(types[0], 0).dtype
    return {"axis": attrs["axis"], "dtype": dtype, "exclusive": bool(attrs["exclusive"])}


def _length(params: Scan, data: TensorType) -> float:
    total = shapes.product(data.shape) if params.axis is None else data.shape[rules.axis(params.axis, data.rank)]
    return float(total) if isinstance(total, int) else 65536.0


def _sum_gradient(params: Scan, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
    """The sum from the end, as the whole sum less what came before."""
    (x,) = args
    axis = 0 if params.axis is None else rules.axis(params.axis, len(x.shape))
    running = g.call("cumsum", axis=params.axis, dtype=g.type.dtype)
    later = g.call("sum", axis=(axis,), keepdims=True) - running
    if params.axis is None:
        total = (later if params.exclusive else later + g.call("flatten")).shaped_as(x)
    else:
        total = later if params.exclusive else later + g
    return [total if params.dtype == x.type.dtype else total.cast_as(x)]


def _draw(d: Draw, domain: Domain) -> Drawn:
    source = TensorType(d.shape(1), d.one_of(*draw.NUMBERS))
    # Which integers floats become is a matter of casts.
    others = ("float32", "float64") if dtypes.is_float(source.dtype) else ("int32", "int64", "float32", "uint8")
    axis = d.some(lambda: d.axis(source.rank))
    return Drawn(Scan(axis, d.one_of(source.dtype, *others), d.flag()), (source,), {0: domain})


def _card(
    name: str,
    run: np.ufunc,
    join: Callable[[PrimExpr, PrimExpr], PrimExpr],
    start: int,
    gradient: Gradient | None = None,
    domain: Domain = ANYWHERE,
) -> OpCard[Scan]:
    def reference(params: Scan, x: Array) -> Array:
        return _scan(params, x, run, start)

    def magnitude(params: Scan, x: Array) -> Array:
        return _scan(params, np.abs(x), run, start)

    def lower(params: Scan, b: LoopBuilder, x: Tensor) -> Tensor:
        return _lower(params, b, x, join, start)

    return OpCard(
        name=name,
        inputs=(Input("data", domain),),
        params=Scan,
        infer=_infer,
        reference=reference,
        lower=lower,
        gradient=gradient,
        relay=RelaySpelling(
            name=name,
            attrs_type="relay.attrs.ScanopAttrs",
            declared=False,
            fields=(
                Field("axis", Kind.INT, None, optional=True),
                Field("dtype", Kind.DTYPE, ""),
                Field("exclusive", Kind.BOOL, False, optional=True),
            ),
            read=_read,
        ),
        relax=(
            RelaxSpelling(
                name=f"relax.{name}",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.ScanopAttrs",
                fields=(
                    Field("axis", Kind.INT, None, optional=True),
                    Field("dtype", Kind.DTYPE, None, optional=True),
                    Field("exclusive", Kind.BOOL, False),
                ),
                read=_read,
            ),
        ),
        error=Rounding(factor=_length, magnitude=magnitude),
        laws=frozenset({Law.ODD} if name == "cumsum" else ()),
        draw=partial(_draw, domain=domain),
    )


CARDS = (
    _card("cumsum", np.add, lambda total, value: total + value, 0, derivatives(_sum_gradient)),
    _card("cumprod", np.multiply, lambda total, value: total * value, 1, domain=Domain(0.5, 2.0)),
)
