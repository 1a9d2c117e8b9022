"""grad.nll_loss_backward: the gradient of nn.nll_loss in its predictions, from the result's.

A target equal to ``ignore_index`` gets nothing; a negative one is undefined in TVM 0.19 to 0.27, which reads the
weights there, and counts nothing here.
"""

from __future__ import annotations

import numpy as np

from tensor_core import prim, shapes
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import rules
from tensor_core.ops.card import Domain, Input, OpCard, Operand, Pattern, Reject, RelaxSpelling, Rounding
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.loss.nll_loss import FIELDS, NLLLoss, draw, unknown
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


def _infer(params: NLLLoss, grad: Type, predictions: Type, targets: Type, weights: Type | None = None) -> Type:
    # Relax deduces the type of the predictions by a rule of its own; this is what can be computed.
    source, classes, given = rules.tensor(predictions, 1), rules.tensor(targets, 2), rules.tensor(grad, 0)
    if classes.rank != max(source.rank - 1, 0):
        raise Reject(f"expected {max(source.rank - 1, 0)} dimensions, got {rules.show(classes.shape)}", 2)
    if given.rank != (classes.rank if params.reduction == "none" else 0):
        raise Reject(f"expected the shape of the loss, got {rules.show(given.shape)}", 0)
    if weights is not None and rules.tensor(weights, 3).rank != 1:
        raise Reject(f"expected a vector, a weight for each class, got {weights}", 3)
    return source


def _scales(params: NLLLoss, predictions: Array, targets: Array, weights: Array | None) -> Array:
    """The weight of every target's class, zero for ignored ones."""
    if weights is None:
        weights = np.ones(predictions.shape[min(1, predictions.ndim - 1)], predictions.dtype)
    counted = (targets != params.ignore_index) & ~unknown(targets, predictions)
    return np.where(counted, weights[np.where(counted, targets, 0).astype(np.int64)], weights.dtype.type(0))


def _reference(params: NLLLoss, grad: Array, predictions: Array, targets: Array, weights: Array | None = None) -> Array:
    scales = _scales(params, predictions, targets, weights)
    share = grad / scales.sum(dtype=scales.dtype) if params.reduction == "mean" else grad
    axis = 1 if predictions.ndim > 1 else 0
    value = np.expand_dims(np.asarray(-scales * share, predictions.dtype), axis)
    classes = rules.steps(predictions.shape[axis]).reshape(-1, *[1] * (predictions.ndim - axis - 1))
    return np.where(classes == np.expand_dims(targets, axis), value, predictions.dtype.type(0))


def _lower(
    params: NLLLoss, b: LoopBuilder, grad: Tensor, predictions: Tensor, targets: Tensor, weights: Tensor | None = None
) -> Tensor:
    dtype = predictions.dtype
    zero = prim.const(0, dtype)

    def scale(*i: PrimExpr) -> PrimExpr:
        target = targets[i]
        ignored = target.equal(params.ignore_index) if params.ignore_index >= 0 else target < 0
        return prim.if_then_else(ignored, zero, weights[target] if weights else prim.const(1, dtype))

    scales = b.compute(targets.shape, scale, dtype, name="all_weights")
    total = b.reduce((), targets.shape, lambda *i: scales[i], Combiner.SUM, name="weight_sum")

    def value(*i: PrimExpr) -> PrimExpr:
        own = i[1 if len(i) > 1 else 0]
        place = (i[0], *i[2:]) if len(i) > 1 else ()
        given = grad[place] if params.reduction == "none" else grad[()]
        share = given / total[()] if params.reduction == "mean" else given
        return prim.select(own.equal(targets[place].astype(own.dtype)), (zero - scales[place]) * share, zero)

    return b.compute(predictions.shape, value, name="pred_grad")


def _draw(d: Draw) -> Drawn:
    plain = draw(d)
    given, targets = (rules.tensor(item, n) for n, item in enumerate(plain.types[:2]))
    grad = TensorType(targets.shape if plain.params.reduction == "none" else (), given.dtype)
    return Drawn(plain.params, (grad, *plain.types), domains={n + 1: domain for n, domain in plain.domains.items()})


def _undefined(params: NLLLoss, grad: Array, predictions: Array, targets: Array, *weights: Array) -> Array:
    del grad, weights
    wrong: Array = unknown(targets, predictions) & (targets != params.ignore_index)
    if params.reduction == "mean":
        return np.asarray(wrong.any())
    return np.expand_dims(wrong, 1 if predictions.ndim > 1 else 0)


def _factor(
    params: NLLLoss, grad: TensorType, predictions: TensorType, targets: TensorType, *weights: TensorType
) -> float:
    del grad, predictions, weights
    count = shapes.product(targets.shape)
    return float(count) if isinstance(count, int) and params.reduction == "mean" else 1.0


CARD = OpCard(
    name="grad.nll_loss_backward",
    inputs=(
        Input("output_grad"),
        Input("predictions"),
        Input("targets"),
        Input("weights", Domain(0.25, 2.0), optional=True),
    ),
    params=NLLLoss,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relax=(
        RelaxSpelling(
            name="relax.grad.nll_loss_backward",
            operands=(Operand("output_grad"), Operand("predictions"), Operand("targets"), Operand("weights")),
            attrs_type="relax.attrs.NLLLossAttrs",
            fields=FIELDS,
        ),
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=Rounding(ulps=4, factor=_factor),
    draw=_draw,
    undefined=_undefined,
)
