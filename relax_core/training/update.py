"""What the update of an optimizer is written with."""

from __future__ import annotations

from typing import Any

import numpy as np

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Constant, Expr, TupleGetItem, Var
from relax_core.op.creators import creator
from tensor_core import dtypes


class Step:
    """Bindings of an update, in TVM's order and with its names."""

    def __init__(self, builder: BlockBuilder, params: Var, gradients: Var, states: Var, dtype: str) -> None:
        self._builder, self._dtype = builder, dtype
        self._params, self._gradients, self._states = params, gradients, states

    def bind(self, value: Expr, name: str = "") -> Var:
        """A variable for a value."""
        return self._builder.emit(value, name)

    def say(self, op: str, *args: Any) -> Expr:
        """A call of an operator; numbers are constants of the weights' type, calls within it bound first."""
        return creator(op)(*map(self._operand, args))

    def weight(self, place: int, param: Var) -> tuple[Var, Var]:
        """A weight and its gradient."""
        weight = self.bind(TupleGetItem(self._params, place), param.name)
        return weight, self.bind(TupleGetItem(self._gradients, place), f"{param.name}_grad")

    def state(self, place: int, name: str = "") -> Var:
        """A part of the state."""
        return self.bind(TupleGetItem(self._states, place), name)

    def decayed(self, weight: Var, gradient: Var, decay: float) -> Var:
        """The gradient, pulled towards zero weights."""
        if not decay:
            return gradient
        return self.bind(self.say("add", self.say("multiply", decay, weight), gradient), f"{gradient.name}_new")

    def moved(self, weight: Var, rate: float, by: Expr) -> Var:
        """The weight, moved against a direction."""
        return self.bind(self.say("subtract", weight, self.say("multiply", rate, by)), f"{weight.name}_new")

    def _operand(self, arg: Any) -> Expr:
        return arg if isinstance(arg, Expr) else Constant(np.asarray(arg, dtypes.to_numpy(self._dtype)))
