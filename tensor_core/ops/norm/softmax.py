"""softmax and log_softmax along one axis; the maximum is subtracted first, so that large values do not overflow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class Softmax:
    """``axis``: along which the results (of softmax) sum to 1; may count from the end."""

    axis: int = -1


def _infer(params: Softmax, data: Type) -> Type:
    source = rules.tensor(data, 0)
    rules.axis(params.axis, source.rank)
    return source


def _shifted(params: Softmax, x: Array) -> Array:
    return x - x.max(axis=params.axis, keepdims=True, initial=-np.inf)


def _softmax(params: Softmax, x: Array) -> Array:
    powers = np.exp(_shifted(params, x))
    return np.asarray(powers / powers.sum(axis=params.axis, keepdims=True), x.dtype)


def _log_softmax(params: Softmax, x: Array) -> Array:
    shifted = _shifted(params, x)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=params.axis, keepdims=True)), x.dtype)


def _softmax_magnitude(params: Softmax, x: Array) -> Array:
    # An error e in an exponent is a relative error e in its power; e is up to |x - max| roundings.
    result, distance = _softmax(params, x), np.abs(_shifted(params, x))
    return result * (1 + distance + (result * distance).sum(axis=params.axis, keepdims=True))


def _log_softmax_magnitude(params: Softmax, x: Array) -> Array:
    powers, distance = _softmax(params, x), np.abs(_shifted(params, x))
    mean_distance = (powers * distance).sum(axis=params.axis, keepdims=True)
    return 1 + distance + mean_distance + np.abs(_log_softmax(params, x))


def _factor(params: Softmax, data: TensorType) -> float:
    extent = data.shape[rules.axis(params.axis, data.rank)]
    return float(extent) if isinstance(extent, int) else 65536.0


def _without(indices: tuple[PrimExpr, ...], axis: int) -> tuple[PrimExpr, ...]:
    return (*indices[:axis], *indices[axis + 1 :])


def _lower_shared(params: Softmax, b: LoopBuilder, x: Tensor) -> tuple[int, Tensor, Tensor]:
    """The axis, the maxima, and the sums of powers."""
    axis = rules.axis(params.axis, x.rank)
    shape, extent = (*x.shape[:axis], *x.shape[axis + 1 :]), (x.shape[axis],)

    def at(indices: tuple[PrimExpr, ...]) -> PrimExpr:
        return x[(*indices[:axis], indices[-1], *indices[axis:-1])]

    top = b.reduce(shape, extent, lambda *i: at(i), Combiner.MAX, name="T_softmax_maxelem")

    def power(*i: PrimExpr) -> PrimExpr:
        return prim.intrinsic("exp", at(i) - top[i[:-1]])

    return axis, top, b.reduce(shape, extent, power, Combiner.SUM, name="T_softmax_expsum")


def _lower_softmax(params: Softmax, b: LoopBuilder, x: Tensor) -> Tensor:
    axis, top, total = _lower_shared(params, b, x)

    def value(*i: PrimExpr) -> PrimExpr:
        row = _without(i, axis)
        return prim.intrinsic("exp", x[i] - top[row]) / total[row]

    return b.compute(x.shape, value, name="T_softmax_norm")


def _lower_log_softmax(params: Softmax, b: LoopBuilder, x: Tensor) -> Tensor:
    axis, top, total = _lower_shared(params, b, x)

    def value(*i: PrimExpr) -> PrimExpr:
        row = _without(i, axis)
        return x[i] - top[row] - prim.intrinsic("log", total[row])

    return b.compute(x.shape, value, name="T_log_softmax_norm")


def _gradient(params: Softmax, args: Sequence[F], result: F, g: F) -> Sequence[F]:
    del args
    return [(g - (g * result).call("sum", axis=(params.axis,), keepdims=True)) * result]


def _log_gradient(params: Softmax, args: Sequence[F], result: F, g: F) -> Sequence[F]:
    del args
    return [g - g.call("sum", axis=(params.axis,), keepdims=True) * result.call("exp")]


def draw(d: Draw) -> Drawn:
    """A call of softmax along any axis."""
    shape = d.shape(1)
    return Drawn(Softmax(d.axis(len(shape))), (TensorType(shape, d.one_of(*FLOATS)),))


def _card(
    name: str,
    reference: Callable[[Softmax, Array], Array],
    lower: Callable[[Softmax, LoopBuilder, Tensor], Tensor],
    magnitude: Callable[[Softmax, Array], Array],
    gradient: Callable[..., Sequence[F]],
) -> OpCard[Softmax]:
    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Softmax,
        infer=_infer,
        reference=reference,
        lower=lower,
        gradient=derivatives(gradient),
        relay=RelaySpelling(name=name, attrs_type="relay.attrs.SoftmaxAttrs", fields=(Field("axis", Kind.INT, -1),)),
        relax=(
            RelaxSpelling(
                name=f"relax.{name}",
                operands=(Operand("data"),),
                attrs_type="relax.attrs.SoftmaxAttrs",
                fields=(Field("axis", Kind.INT, -1),),
            ),
        ),
        pattern=Pattern.OUT_FUSABLE,
        error=Rounding(ulps=12, factor=_factor, magnitude=magnitude),
        draw=draw,
    )


CARDS = (
    _card("nn.softmax", _softmax, _lower_softmax, _softmax_magnitude, _gradient),
    _card("nn.log_softmax", _log_softmax, _lower_log_softmax, _log_softmax_magnitude, _log_gradient),
)
