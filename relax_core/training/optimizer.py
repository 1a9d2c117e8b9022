"""Optimizers as functions of Relax (tvm.relax.training.optimizer in TVM 0.19 to 0.27).

``get_function()`` maps the weights, their gradients and a state, each a tuple, to the new weights and the new state.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from relax_core.ir.expr import Expr, Var
from relax_core.training.optimizer_base import Optimizer, Stepwise, zeros_for
from relax_core.training.update import Step
from tensor_core import dtypes
from tensor_core.ndarray import NDArray, ndarray

__all__ = ["SGD", "Adam", "MomentumSGD", "Optimizer"]


class SGD(Stepwise):
    """``w - lr * (g + weight_decay * w)``."""

    def __init__(self, lr: float, weight_decay: float = 0) -> None:
        super().__init__("SGD")
        self.lr, self.weight_decay = lr, weight_decay

    def _update(self, step: Step, place: int, param: Var, shared: Sequence[Var]) -> tuple[Var, list[Var]]:
        del shared
        weight, gradient = step.weight(place, param)
        return step.moved(weight, self.lr, step.decayed(weight, gradient, self.weight_decay)), []


class MomentumSGD(Stepwise):
    """SGD along ``v = momentum * v + (1 - dampening) * g``, with ``nesterov`` along ``g + momentum * v``."""

    def __init__(
        self, lr: float, momentum: float, dampening: float = 0, weight_decay: float = 0, nesterov: bool = False
    ) -> None:
        super().__init__("MomentumSGD")
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov

    def _start(self, trained: Sequence[Var]) -> list[NDArray]:
        return zeros_for(trained)

    def _update(self, step: Step, place: int, param: Var, shared: Sequence[Var]) -> tuple[Var, list[Var]]:
        del shared
        weight, gradient = step.weight(place, param)
        before = step.state(1 + place, f"{param.name}_v")
        gradient = step.decayed(weight, gradient, self.weight_decay)
        damped: Expr = step.say("multiply", _rest(self.dampening), gradient) if self.dampening else gradient
        speed = step.bind(step.say("add", step.say("multiply", self.momentum, before), damped), f"{param.name}_v_new")
        along = speed
        if self.nesterov:
            ahead = step.say("add", gradient, step.say("multiply", self.momentum, speed))
            along = step.bind(ahead, f"{param.name}_g_nest")
        return step.moved(weight, self.lr, along), [speed]


class Adam(Stepwise):
    """Means of gradients and of their squares, freed of their start at zero."""

    def __init__(
        self, lr: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-08, weight_decay: float = 0
    ) -> None:
        super().__init__("Adam")
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay

    def _start(self, trained: Sequence[Var]) -> list[NDArray]:
        one = ndarray(1, dtypes.to_numpy(str(self.dtype)))
        return [one, one, *zeros_for(trained), *zeros_for(trained)]

    def _shared(self, step: Step) -> list[Var]:
        return [
            step.bind(step.say("multiply", step.state(1 + n), beta), f"beta{1 + n}_prod")
            for n, beta in enumerate(self.betas)
        ]

    def _update(self, step: Step, place: int, param: Var, shared: Sequence[Var]) -> tuple[Var, list[Var]]:
        weight, gradient = step.weight(place, param)
        mean = step.state(3 + place, f"{param.name}_m")
        square = step.state(3 + len(self._check_init()) + place, f"{param.name}_v")
        gradient = step.decayed(weight, gradient, self.weight_decay)
        new_mean = self._mixed(step, mean, self.betas[0], gradient)
        new_square = self._mixed(step, square, self.betas[1], step.say("multiply", gradient, gradient))
        parts = [
            step.bind(step.say("divide", value, step.say("subtract", 1.0, power)), f"{name}_hat")
            for value, power, name in zip((new_mean, new_square), shared, (mean.name, square.name), strict=True)
        ]
        spread = step.say("add", step.say("sqrt", parts[1]), self.eps)
        return step.moved(weight, self.lr, step.say("divide", parts[0], spread)), [new_mean, new_square]

    def _mixed(self, step: Step, kept: Var, share: float, new: Expr) -> Var:
        both = step.say("multiply", share, kept), step.say("multiply", _rest(share), new)
        return step.bind(step.say("add", *both), f"{kept.name}_new")


def _rest(share: float) -> float:
    """What is left of one, as it is written: of 0.9 that is 0.1."""
    return float(1 - Decimal(str(share)))
