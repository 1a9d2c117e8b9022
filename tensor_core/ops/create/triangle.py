"""triu and tril: a matrix (or a batch of them) with everything below, or above, the k-th diagonal set to zero.

Relay has one op, ``trilu``, with k as a rank-0 tensor (TVM 0.19); Relax has two, with k as a scalar operand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import prim
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import draw, rules
from tensor_core.ops.card import (
    Carrier,
    Domain,
    Exact,
    Field,
    Input,
    Kind,
    Law,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
)
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Triangle:
    """``k``: the diagonal that bounds the kept part; 0 is the main one, positive is above it."""

    k: int | PrimExpr = 0


@dataclass(frozen=True, slots=True)
class Trilu:
    """Whether the ``upper`` triangle is kept."""

    upper: bool = True


def _matrix(data: Type) -> TensorType:
    source = rules.tensor(data, 0)
    if source.rank < 2:
        raise Reject(f"expected at least two dimensions, got {rules.show(source.shape)}", 0)
    return source


def _infer(params: Triangle, data: Type) -> Type:
    rules.whole(params.k, "k")
    return _matrix(data)


def _infer_trilu(_params: Trilu, data: Type, k: Type) -> Type:
    if rules.tensor(k, 1).rank != 0:
        raise Reject(f"the diagonal must be a scalar, got {k}", 1)
    return _matrix(data)


def _keep(x: Tensor, i: tuple[PrimExpr, ...], k: PrimExpr, upper: bool) -> PrimExpr:
    kept = i[-2] + k <= i[-1] if upper else i[-1] <= i[-2] + k
    return prim.select(kept, x[i], 0)


def _trilu(params: Trilu, x: Array, k: Array) -> Array:
    return np.asarray((np.triu if params.upper else np.tril)(x, int(k)))


def _lower_trilu(params: Trilu, b: LoopBuilder, x: Tensor, k: Tensor) -> Tensor:
    return b.compute(x.shape, lambda *i: _keep(x, i, k[()].astype("int64"), params.upper), name="T_trilu")


def _expand_trilu(params: Trilu, f: Fragment[Any], data: Any, k: Any) -> Any:
    diagonal = f.known(k)
    if diagonal is not None:
        return f.call("triu" if params.upper else "tril", data, k=int(diagonal))
    source, dtype = f.tensor_type(data), f.tensor_type(k).dtype
    rows, columns = source.shape[-2:]
    down = f.call("reshape", f.call("arange", start=0, stop=rows, step=1, dtype=dtype), shape=(rows, 1))
    across = f.call("arange", start=0, stop=columns, step=1, dtype=dtype)
    comparison = "greater_equal" if params.upper else "less_equal"
    kept = f.call(comparison, across, f.call("add", down, k))
    return f.call("where", kept, data, f.call("zeros_like", data, dtype=source.dtype))


def _draw(d: Draw) -> Drawn:
    return Drawn(Triangle(d.integer(-5, 5)), (TensorType(d.any_shape(2), d.one_of(*draw.EVERY)),))


def _draw_trilu(d: Draw) -> Drawn:
    types = (TensorType(d.any_shape(2), d.one_of(*draw.EVERY)), TensorType((), d.one_of("int32", "int64")))
    return Drawn(Trilu(not d.flag()), types, {1: Domain(-5.0, 5.0)})


def _card(name: str, upper: bool) -> OpCard[Triangle]:
    def reference(params: Triangle, x: Array) -> Array:
        k: int = rules.whole(params.k, "k")
        return np.asarray((np.triu if upper else np.tril)(x, k))

    def lower(params: Triangle, b: LoopBuilder, x: Tensor) -> Tensor:
        rules.whole(params.k, "k")
        return b.compute(x.shape, lambda *i: _keep(x, i, prim.wrap(params.k, "int64"), upper), name=f"T_{name}")

    def expand(params: Triangle, f: Fragment[Any], data: Any) -> Any:
        if not isinstance(params.k, int):
            raise Reject("the diagonal is symbolic, so it is no constant")
        return f.call("trilu", data, f.constant(params.k, "int32"), upper=upper)

    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Triangle,
        infer=_infer,
        reference=reference,
        lower=lower,
        expand=expand,
        gradient=derivatives(lambda params, _args, _result, g: [g.call(name, k=params.k)]),
        relax=(RelaxSpelling(name=f"relax.{name}", operands=(Operand("data"), Operand("k", Carrier.SCALAR))),),
        pattern=Pattern.ELEMENTWISE,
        error=Exact(),
        laws=frozenset({Law.IDEMPOTENT, Law.ODD, Law.SCALES}),
        draw=_draw,
    )


CARDS = (
    _card("triu", upper=True),
    _card("tril", upper=False),
    OpCard(
        name="trilu",
        inputs=(Input("data"), Input("k", Domain(-2.0, 2.0))),
        params=Trilu,
        infer=_infer_trilu,
        reference=_trilu,
        lower=_lower_trilu,
        expand=_expand_trilu,
        relay=RelaySpelling(
            name="trilu",
            attrs_type="relay.attrs.TriluAttrs",
            declared=False,
            fields=(Field("upper", Kind.BOOL, True),),
        ),
        pattern=Pattern.ELEMENTWISE,
        error=Exact(),
        laws=frozenset({Law.IDEMPOTENT, Law.ODD, Law.SCALES}),
        draw=_draw_trilu,
    ),
)
