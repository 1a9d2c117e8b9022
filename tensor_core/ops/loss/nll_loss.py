"""nn.nll_loss: the negative weighted prediction of each target class, as they are, summed, or as a weighted mean.

Targets equal to ``ignore_index`` count nothing. A class that does not exist is undefined. Relax may leave the weights
out, which then are ones, and takes one prediction of rank 1 with a scalar target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import rules
from tensor_core.ops.card import (
    Domain,
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    RelaySpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type


@dataclass(frozen=True, slots=True)
class NLLLoss:
    """``reduction``: "none", "sum" or "mean"."""

    reduction: str
    ignore_index: int


def _infer(params: NLLLoss, predictions: Type, targets: Type, weights: Type | None = None) -> Type:
    given, classes = rules.tensor(predictions, 0), rules.tensor(targets, 1)
    if given.rank != classes.rank + 1:
        raise Reject("predictions must have one dimension more than targets", 1)
    if not dtypes.is_int(classes.dtype):
        raise Reject(f"targets must be integers, not {classes.dtype}", 1)
    kept = given.shape[:1] + given.shape[2:] if given.rank > 1 else ()
    if any(map(shapes.prove_different, kept, classes.shape)):
        raise Reject(f"predictions {rules.show(given.shape)} do not fit targets {rules.show(classes.shape)}", 1)
    if weights is not None:
        _check_weights(given, rules.tensor(weights, 2))
    return TensorType(classes.shape if params.reduction == "none" else (), given.dtype)


def _check_weights(given: TensorType, scale: TensorType) -> None:
    if scale.rank != 1:
        raise Reject(f"weights must be a vector, not {rules.show(scale.shape)}", 2)
    if shapes.prove_different(given.shape[1 if given.rank > 1 else 0], scale.shape[0]):
        raise Reject("the classes of predictions must be as many as the weights", 2)
    if given.dtype != scale.dtype:
        raise Reject(f"predictions of {given.dtype} do not fit weights of {scale.dtype}", 2)


def _read_relay(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    given, classes = types[0], types[1]
    if isinstance(given, TensorType) and (given.rank < 2 or not dtypes.is_float(given.dtype)):
        raise Reject(f"predictions must be floats of two dimensions or more, not {given}", 0)
    if isinstance(classes, TensorType) and dtypes.is_unsigned_int(classes.dtype):
        raise Reject(f"targets must be signed integers, not {classes.dtype}", 1)
    return attrs


def _write_relay(params: NLLLoss, types: Sequence[Type]) -> Mapping[str, Value]:
    if len(types) != 3:
        raise Reject("Relay's loss has weights")
    return {"reduction": params.reduction, "ignore_index": params.ignore_index}


def _parts(params: NLLLoss, predictions: Array, targets: Array, weights: Array | None) -> tuple[Array, Array]:
    """The losses and the weights of the targets, zero for ignored ones."""
    counted = targets != params.ignore_index
    classes = np.where(counted & ~unknown(targets, predictions), targets, 0).astype(np.int64)
    if weights is None:
        weights = np.ones(predictions.shape[1 if predictions.ndim > 1 else 0], predictions.dtype)
    axis = 1 if predictions.ndim > 1 else 0
    chosen = np.take_along_axis(predictions, np.expand_dims(classes, axis), axis).squeeze(axis)
    scale = np.where(counted, weights[classes], weights.dtype.type(0))
    return np.where(counted, -chosen * scale, predictions.dtype.type(0)), scale


def unknown(targets: Array, predictions: Array) -> Array:
    """Which targets name no class."""
    return (targets < 0) | (targets >= predictions.shape[1 if predictions.ndim > 1 else 0])


def _undefined(params: NLLLoss, predictions: Array, targets: Array, *weights: Array) -> Array:
    del weights
    wrong: Array = unknown(targets, predictions) & (targets != params.ignore_index)
    return wrong if params.reduction == "none" else np.asarray(wrong.any())


def draw(d: Draw) -> Drawn:
    """A call of the loss."""
    classes, dtype, rest = d.integer(1, 4), d.one_of(*FLOATS), d.shape(0, 3, most=3)
    given = TensorType((*rest[:1], classes, *rest[1:]), dtype)
    # A class that exists may be the one that does not count.
    params = NLLLoss(d.one_of("mean", "sum", "none"), d.one_of(-100, -1, *range(classes)))
    types = (given, TensorType(rest, d.one_of("int32", "int64", "int8", "uint8")))
    weights = () if d.flag() else (TensorType((classes,), dtype),)
    return Drawn(params, (*types, *weights), domains={1: Domain(0.0, classes - 1.0)})


def _reference(params: NLLLoss, predictions: Array, targets: Array, weights: Array | None = None) -> Array:
    losses, scale = _parts(params, predictions, targets, weights)
    if params.reduction == "none":
        return losses
    total = losses.sum(dtype=losses.dtype)
    return np.asarray(total / scale.sum(dtype=scale.dtype) if params.reduction == "mean" else total, losses.dtype)


def _lower(
    params: NLLLoss, b: LoopBuilder, predictions: Tensor, targets: Tensor, weights: Tensor | None = None
) -> Tensor:
    zero = prim.const(0, predictions.dtype)

    def factor(target: PrimExpr) -> PrimExpr:
        return weights[target] if weights else prim.const(1, predictions.dtype)

    def loss(*i: PrimExpr) -> PrimExpr:
        target = targets[i]
        value = (zero - predictions[(*i[:1], target, *i[1:])]) * factor(target)
        return prim.if_then_else(target.not_equal(params.ignore_index), value, 0)

    def weight(*i: PrimExpr) -> PrimExpr:
        return prim.if_then_else(targets[i].not_equal(params.ignore_index), factor(targets[i]), 0)

    losses = b.compute(targets.shape, loss, predictions.dtype, name="nll_loss")
    if params.reduction == "none":
        return losses
    total = b.reduce((), targets.shape, lambda *i: losses[i], Combiner.SUM, name="total")
    if params.reduction != "mean":
        return total
    scales = b.compute(targets.shape, weight, predictions.dtype, name="weight")
    scale = b.reduce((), targets.shape, lambda *i: scales[i], Combiner.SUM, name="total_weight")
    return b.compute((), lambda: total[()] / scale[()], name="mean")


def _factor(params: NLLLoss, predictions: TensorType, targets: TensorType, *weights: TensorType) -> float:
    del predictions, weights
    count = shapes.product(targets.shape)
    return 2.0 * (count if isinstance(count, int) and params.reduction != "none" else 1)


def _magnitude(params: NLLLoss, predictions: Array, targets: Array, *weights: Array) -> Array:
    return np.abs(_reference(params, -np.abs(predictions), targets, *map(np.abs, weights)))


def _gradient(params: NLLLoss, f: Fragment[Any], args: Sequence[Any], _result: Any, seed: Any) -> Sequence[Any]:
    """That of the predictions, by an operator of its own; targets and weights have none (TVM's Relax)."""
    said = {"reduction": params.reduction, "ignore_index": params.ignore_index}
    return [f.call("grad.nll_loss_backward", seed, *args, **said), *[None] * (len(args) - 1)]


FIELDS = (Field("reduction", Kind.STR, "mean"), Field("ignore_index", Kind.INT, -100))
"""The attributes in Relax, the same for the loss and its gradient."""

CARD = OpCard(
    name="nn.nll_loss",
    inputs=(Input("predictions"), Input("targets"), Input("weights", Domain(0.25, 2.0), optional=True)),
    params=NLLLoss,
    infer=_infer,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(
        name="nn.nll_loss",
        attrs_type="relay.attrs.NLLLossAttrs",
        fields=(Field("reduction", Kind.STR, "mean"), Field("ignore_index", Kind.INT, python=-100)),
        read=_read_relay,
        write=_write_relay,
    ),
    relax=(
        RelaxSpelling(
            name="relax.nn.nll_loss",
            operands=(Operand("predictions"), Operand("targets"), Operand("weights")),
            attrs_type="relax.attrs.NLLLossAttrs",
            fields=FIELDS,
            gradient=_gradient,
        ),
    ),
    pattern=Pattern.OUT_FUSABLE,
    error=Rounding(ulps=4, factor=_factor, magnitude=_magnitude),
    draw=draw,
    undefined=_undefined,
)
