"""nn.nll_loss: the negative weighted prediction of each target class, as they are, summed, or as a weighted mean.

Targets equal to ``ignore_index`` count nothing. A class that does not exist is undefined.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import rules
from tensor_core.ops.card import Field, Input, Kind, OpCard, Pattern, Reject, RelaySpelling, Rounding
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class NLLLoss:
    """``reduction``: "none", "sum" or "mean"."""

    reduction: str
    ignore_index: int


def _infer(params: NLLLoss, predictions: Type, targets: Type, weights: Type) -> Type:
    given, classes, scale = (rules.tensor(item, n) for n, item in enumerate((predictions, targets, weights)))
    if given.rank != classes.rank + 1:
        raise Reject("predictions must have one dimension more than targets", 1)
    if scale.rank != 1:
        raise Reject(f"weights must be a vector, not {rules.show(scale.shape)}", 2)
    if given.rank < 2 or shapes.prove_different(given.shape[1], scale.shape[0]):
        raise Reject("the second dimension of predictions must be the number of weights", 2)
    if given.dtype != scale.dtype or not dtypes.is_float(given.dtype):
        raise Reject("predictions and weights must be floats of one type", 2)
    if not dtypes.is_int(classes.dtype) or dtypes.is_unsigned_int(classes.dtype):
        raise Reject(f"targets must be signed integers, not {classes.dtype}", 1)
    return TensorType(classes.shape if params.reduction == "none" else (), given.dtype)


def _parts(params: NLLLoss, predictions: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
    """The losses and the weights of the targets, zero for ignored ones."""
    counted = targets != params.ignore_index
    classes = np.where(counted, targets, 0).astype(np.int64)
    chosen = np.take_along_axis(predictions, np.expand_dims(classes, 1), 1).squeeze(1)
    scale = np.where(counted, weights[classes], weights.dtype.type(0))
    return np.where(counted, -chosen * scale, predictions.dtype.type(0)), scale


def _reference(params: NLLLoss, predictions: Array, targets: Array, weights: Array) -> Array:
    losses, scale = _parts(params, predictions, targets, weights)
    if params.reduction == "none":
        return losses
    total = losses.sum(dtype=losses.dtype)
    return np.asarray(total / scale.sum(dtype=scale.dtype) if params.reduction == "mean" else total, losses.dtype)


def _lower(params: NLLLoss, b: LoopBuilder, predictions: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    zero = prim.const(0, predictions.dtype)

    def loss(*i: PrimExpr) -> PrimExpr:
        target = targets[i]
        value = (zero - predictions[(i[0], target, *i[1:])]) * weights[target]
        return prim.if_then_else(target.not_equal(params.ignore_index), value, 0)

    def weight(*i: PrimExpr) -> PrimExpr:
        return prim.if_then_else(targets[i].not_equal(params.ignore_index), weights[targets[i]], 0)

    losses = b.compute(targets.shape, loss, predictions.dtype, name="nll_loss")
    if params.reduction == "none":
        return losses
    total = b.reduce((), targets.shape, lambda *i: losses[i], Combiner.SUM, name="total")
    if params.reduction != "mean":
        return total
    scales = b.compute(targets.shape, weight, predictions.dtype, name="weight")
    scale = b.reduce((), targets.shape, lambda *i: scales[i], Combiner.SUM, name="total_weight")
    return b.compute((), lambda: total[()] / scale[()], name="mean")


def _factor(params: NLLLoss, predictions: TensorType, targets: TensorType, weights: TensorType) -> float:
    del predictions, weights
    count = shapes.product(targets.shape)
    return 2.0 * (count if isinstance(count, int) and params.reduction != "none" else 1)


def _magnitude(params: NLLLoss, predictions: Array, targets: Array, weights: Array) -> Array:
    return np.abs(_reference(params, -np.abs(predictions), targets, np.abs(weights)))


CARD = OpCard(
    name="nn.nll_loss",
    inputs=(Input("predictions"), Input("targets"), Input("weights")),
    params=NLLLoss,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="nn.nll_loss",
        attrs_type="relay.attrs.NLLLossAttrs",
        fields=(Field("reduction", Kind.STR, "mean"), Field("ignore_index", Kind.INT, python=-100)),
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=Rounding(ulps=4, factor=_factor, magnitude=_magnitude),
)
