"""Optimizers as functions of Relax (tvm.relax.training.optimizer in TVM 0.19 to 0.27).

``get_function()`` maps the weights, their gradients and a state, each a tuple, to the new weights and the new state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Constant, Expr, Function, Tuple, TupleGetItem, Var
from relax_core.ir.types import TensorType, TupleType
from relax_core.training.update import Step
from tensor_core import codes, dtypes, shapes
from tensor_core.diagnostics import fail

Array = np.ndarray[Any, Any]


class Optimizer(ABC):
    """``state``: what it keeps at the start, the number of steps first; :meth:`init` says for which weights."""

    state: tuple[Array, ...]

    def __init__(self, name: str) -> None:
        self.name = name
        self._params: tuple[Var, ...] = ()

    def init(self, params: Var | Sequence[Var]) -> Optimizer:
        """Say which variables are trained. R2R0703 unless they are tensors of known sizes and one float type."""
        self._params = (params,) if isinstance(params, Var) else tuple(params)
        types = [param.ty for param in self._params]
        if len(found := {_dtype(type_) for type_ in types}) != 1 or None in found:
            raise fail(codes.BAD_OPTION, f"{self.name} trains float tensors of one type and known sizes, not {types}")
        self.state = (np.asarray(0, "int64"), *self._start())
        return self

    def get_function(self) -> Function:
        """``(params, gradients, optim_states) -> (new params, new states)``, called as the optimizer is. R2R0703 where
        nobody has said what it trains.
        """
        if not self._params:
            raise fail(codes.BAD_OPTION, f"{self.name} does not know what it trains", hint="call init(params) first")
        weights = TupleType(tuple([_type(param) for param in self._params]))
        state = TupleType(tuple([TensorType(value.shape, str(value.dtype)) for value in self.state]))
        params = Var("params", weights), Var("gradients", weights), Var("optim_states", state)
        builder = BlockBuilder()
        with builder.function(self.name, params):
            with builder.dataflow():
                step = Step(builder, *params, str(weights.fields[0].dtype))  # type: ignore[union-attr]
                steps = step.bind(TupleGetItem(params[2], 0), "num_steps")
                kept = [step.bind(step.say("add", steps, Constant(np.asarray(1, "int64"))), "num_steps_new")]
                shared, own, new = self._shared(step), list[list[Var]](), list[Var]()
                for place, param in enumerate(self._params):
                    weight, slots = self._update(step, place, param, shared)
                    new.append(weight)
                    own.append(slots)
                kept += [*shared, *(var for column in zip(*own, strict=True) for var in column)]
                out = builder.emit_output(Tuple(tuple(new)), "params_new")
                states = builder.emit_output(Tuple(tuple(kept)), "optim_states_new")
            builder.emit_func_output(Tuple((out, states)))
        made = builder.get()[self.name]
        assert isinstance(made, Function)
        return made

    def _start(self) -> list[Array]:
        """The state at the start, behind the number of steps."""
        return []

    def _shared(self, step: Step) -> list[Var]:
        """The new state that all weights have in common."""
        del step
        return []

    @abstractmethod
    def _update(self, step: Step, place: int, param: Var, shared: Sequence[Var]) -> tuple[Var, list[Var]]:
        """A weight's new value, and its own new state."""

    def _zeros(self) -> list[Array]:
        return [np.zeros(_type(param).concrete_shape, _numpy(param)) for param in self._params]


class SGD(Optimizer):
    """``w - lr * (g + weight_decay * w)``."""

    def __init__(self, lr: float, weight_decay: float = 0) -> None:
        super().__init__("SGD")
        self.lr, self.weight_decay = lr, weight_decay

    def _update(self, step: Step, place: int, param: Var, shared: Sequence[Var]) -> tuple[Var, list[Var]]:
        del shared
        weight, gradient = step.weight(place, param)
        return step.moved(weight, self.lr, step.decayed(weight, gradient, self.weight_decay)), []


class MomentumSGD(Optimizer):
    """SGD along ``v = momentum * v + (1 - dampening) * g``, with ``nesterov`` along ``g + momentum * v``."""

    def __init__(
        self, lr: float, momentum: float, dampening: float = 0, weight_decay: float = 0, nesterov: bool = False
    ) -> None:
        super().__init__("MomentumSGD")
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.weight_decay, self.nesterov = weight_decay, nesterov

    def _start(self) -> list[Array]:
        return self._zeros()

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


class Adam(Optimizer):
    """Means of gradients and of their squares, freed of their start at zero."""

    def __init__(
        self, lr: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-08, weight_decay: float = 0
    ) -> None:
        super().__init__("Adam")
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay

    def _start(self) -> list[Array]:
        one: Array = np.ones((), _numpy(self._params[0]))
        return [one, one, *self._zeros(), *self._zeros()]

    def _shared(self, step: Step) -> list[Var]:
        return [
            step.bind(step.say("multiply", step.state(1 + n), beta), f"beta{1 + n}_prod")
            for n, beta in enumerate(self.betas)
        ]

    def _update(self, step: Step, place: int, param: Var, shared: Sequence[Var]) -> tuple[Var, list[Var]]:
        weight, gradient = step.weight(place, param)
        mean = step.state(3 + place, f"{param.name}_m")
        square = step.state(3 + len(self._params) + place, f"{param.name}_v")
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


def _type(param: Var) -> TensorType:
    type_ = param.ty
    assert isinstance(type_, TensorType)
    return type_


def _numpy(param: Var) -> Any:
    return dtypes.to_numpy(str(_type(param).dtype))


def _dtype(type_: Any) -> str | None:
    """The float type of a tensor of known sizes; None for anything else."""
    fits = isinstance(type_, TensorType) and type_.dims is not None and shapes.is_static(type_.dims)
    return str(type_.dtype) if fits and dtypes.is_float(str(type_.dtype)) else None


def _rest(share: float) -> float:
    """What is left of one, as it is written: of 0.9 that is 0.1."""
    return float(1 - Decimal(str(share)))
