"""Losses as functions of Relax (tvm.relax.training.loss in TVM 0.19 to 0.27).

A loss, called with variables or types, is a function of predictions, targets and, for the two of classes, weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Expr, Function, Var
from relax_core.ir.types import TensorType, Type
from relax_core.op.creators import creator
from relax_core.training.errors import untrainable

Reduction = Literal["mean", "sum", "none"]

_NAMES = "predictions", "targets", "weights"


class Loss:
    """What all losses share, one's own too: a name, how many results of a model they take, how a batch's become one."""

    def __init__(self, loss_name: str, num_backbone_outputs: int, reduction: Reduction = "mean") -> None:
        if reduction not in ("mean", "sum", "none"):
            raise untrainable(f"{loss_name} reduces by mean, sum or none, not by {reduction!r}")
        self._loss_name, self.num_backbone_outputs, self._reduction = loss_name, num_backbone_outputs, reduction

    def _with_reduction(self, losses: Expr) -> Expr:
        return losses if self._reduction == "none" else creator(self._reduction)(losses)


class _OneOutput(Loss, ABC):
    """A loss of one result of a model."""

    def __init__(self, loss_name: str, reduction: Reduction) -> None:
        super().__init__(loss_name, 1, reduction)

    def _function(self, *given: Var | Type | None) -> Function:
        params = [_param(item, name) for item, name in zip(given, _NAMES, strict=False) if item is not None]
        builder = BlockBuilder()
        with builder.function(self._loss_name, params):
            with builder.dataflow():
                loss = builder.emit_output(self._loss(builder, *params))
            builder.emit_func_output(loss)
        made = builder.get()[self._loss_name]
        assert isinstance(made, Function)
        return made

    @abstractmethod
    def _loss(self, builder: BlockBuilder, predictions: Var, targets: Var, weights: Var | None = None) -> Expr:
        """The loss, reduced."""


class _Distance(_OneOutput):
    """A loss of the difference between predictions and targets."""

    def __call__(self, predictions: Var | Type, targets: Var | Type) -> Function:
        """The function of these parameters."""
        return self._function(predictions, targets)


class L1Loss(_Distance):
    """``abs(predictions - targets)``."""

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__("l1_loss", reduction)

    def _loss(self, builder: BlockBuilder, predictions: Var, targets: Var, weights: Var | None = None) -> Expr:
        del builder, weights
        return self._with_reduction(creator("abs")(creator("subtract")(predictions, targets)))


class MSELoss(_Distance):
    """The square of ``predictions - targets``."""

    def __init__(self, reduction: Reduction = "mean") -> None:
        super().__init__("mse_loss", reduction)

    def _loss(self, builder: BlockBuilder, predictions: Var, targets: Var, weights: Var | None = None) -> Expr:
        del weights
        apart = builder.emit(creator("subtract")(predictions, targets))
        return self._with_reduction(creator("multiply")(apart, apart))


class _OfClasses(_OneOutput):
    """A loss of log-probabilities of classes; with ``ignore_index`` as a target class, a sample does not count."""

    def __init__(self, loss_name: str, reduction: Reduction, ignore_index: int) -> None:
        super().__init__(loss_name, reduction)
        self.ignore_index = ignore_index

    def __call__(self, predictions: Var | Type, targets: Var | Type, weights: Var | Type | None = None) -> Function:
        """The function of these parameters; ``weights`` has one number for each class."""
        return self._function(predictions, targets, weights)

    def _likelihood(self, scores: Expr, classes: Expr, weights: Var | None) -> Expr:
        given = {"reduction": self._reduction, "ignore_index": self.ignore_index}
        return creator("nn.nll_loss")(scores, classes, weights, **given)


class CrossEntropyLoss(_OfClasses):
    """The negative log-likelihood of target classes; those of ``ignore_index`` do not count."""

    def __init__(self, reduction: Reduction = "mean", ignore_index: int = -100) -> None:
        super().__init__("cross_entropy_loss", reduction, ignore_index)

    def _loss(self, builder: BlockBuilder, predictions: Var, targets: Var, weights: Var | None = None) -> Expr:
        return self._likelihood(builder.emit(creator("nn.log_softmax")(predictions)), targets, weights)


class CategoricalCrossEntropyLoss(_OfClasses):
    """Cross entropy of one-hot targets of integers; without an ``ignore_index``, -1 or less, by a product."""

    def __init__(self, reduction: Reduction = "mean", ignore_index: int = -100) -> None:
        super().__init__("categorical_cross_entropy_loss", reduction, ignore_index)

    def _loss(self, builder: BlockBuilder, predictions: Var, targets: Var, weights: Var | None = None) -> Expr:
        type_ = targets.ty
        if not isinstance(type_, TensorType) or "int" not in str(type_.dtype) or not type_.dims:
            raise untrainable(f"{self._loss_name} takes one-hot targets of an integer type, not {type_}")
        scores = builder.emit(creator("nn.log_softmax")(predictions))
        if self.ignore_index >= 0:
            best = creator("argmax")(targets, axis=1)
            classes = builder.emit(creator("reshape")(best, (type_.dims[0],)))
            return self._likelihood(scores, classes, weights)
        chosen = creator("astype")(targets, "float32")
        losses = builder.emit(creator("multiply")(creator("negative")(scores), chosen))
        if weights is not None:
            losses = builder.emit(creator("multiply")(losses, weights))
        return self._with_reduction(losses)


def _param(given: object, name: str) -> Var:
    """A variable of the function's own. R2R0703 for what is neither a variable nor a type."""
    if not isinstance(given, Var | Type):
        raise untrainable(f"{name} must be a variable or a type, not {given!r}")
    return Var(given.name, given.ty) if isinstance(given, Var) else Var(name, given)
