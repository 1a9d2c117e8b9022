"""What optimizers have in common: which variables they train, the state at the start, the function of a step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Constant, Expr, Function, Tuple, TupleGetItem, Var
from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.training.arrays import zeros
from relax_core.training.errors import untrainable
from relax_core.training.update import Step
from tensor_core import dtypes
from tensor_core.ndarray import NDArray, ndarray

__all__ = ["Optimizer", "Stepwise", "zeros_for"]


class Optimizer:
    """What all optimizers share, one's own too, which override :meth:`init` and :meth:`get_function`.

    :meth:`init` says which variables are trained: ``param_list``, of one type ``dtype``; ``state`` is what is kept at
    the start, the number of steps first. All are None before.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.param_list: list[Var] | None = None
        self.dtype: str | None = None
        self.state: tuple[NDArray, ...] | None = None

    def init(self, params: Var | Sequence[Var]) -> Self:
        """Say which variables are trained. R2R0703 unless they are tensors of one float type, each given once."""
        self._set_params_and_dtype([params] if isinstance(params, Expr) else list(params))
        self.state = None
        return self

    def get_function(self) -> Function:
        """``(params, gradients, optim_states) -> (new params, new states)``, called as the optimizer is. R2R0703 where
        nobody has said what it trains.
        """
        self._check_init()
        raise NotImplementedError(f"{self.name} does not say how it updates")

    def _set_params_and_dtype(self, params: list[Any]) -> None:
        types = [param.ty if isinstance(param, Var) else None for param in params]
        found = {_dtype(type_) for type_ in types}
        if len(found) != 1 or None in found:
            given = ", ".join(map(str, types)) or "nothing"
            raise untrainable(f"{self.name} trains variables, float tensors of one type, not {given}")
        if repeated := [param.name for param, times in Counter(params).items() if times > 1]:
            raise untrainable(f"variable {repeated[0]} appears more than once")
        self.param_list, self.dtype = params, found.pop()

    def _check_init(self) -> list[Var]:
        if self.param_list is None:
            raise untrainable("Please call init() for the optimizer before calling get_function()")
        return self.param_list


class Stepwise(Optimizer, ABC):
    """An optimizer that updates weight by weight."""

    def init(self, params: Var | Sequence[Var]) -> Self:
        """Say which variables are trained. R2R0703 unless they are tensors of known sizes and one float type, each
        given once.
        """
        super().init(params)
        # Until the state is there, too, nothing is said.
        trained, self.param_list = self._check_init(), None
        self.state = (ndarray(0, "int64"), *self._start(trained))
        self.param_list = trained
        return self

    def get_function(self) -> Function:
        """``(params, gradients, optim_states) -> (new params, new states)``, called as the optimizer is. R2R0703 where
        nobody has said what it trains.
        """
        trained = self._check_init()
        assert self.state is not None
        weights = TupleType(tuple([_type(param) for param in trained]))
        state = TupleType(tuple([TensorType(value.shape, str(value.dtype)) for value in self.state]))
        params = Var("params", weights), Var("gradients", weights), Var("optim_states", state)
        builder = BlockBuilder()
        with builder.function(self.name, params):
            with builder.dataflow():
                step = Step(builder, *params, str(self.dtype))
                steps = step.bind(TupleGetItem(params[2], 0), "num_steps")
                kept = [step.bind(step.say("add", steps, Constant(np.asarray(1, "int64"))), "num_steps_new")]
                shared, own, new = self._shared(step), list[list[Var]](), list[Var]()
                for place, param in enumerate(trained):
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

    def _start(self, trained: Sequence[Var]) -> list[NDArray]:
        """The state at the start, behind the number of steps."""
        del trained
        return []

    def _shared(self, step: Step) -> list[Var]:
        """The new state that all weights have in common."""
        del step
        return []

    @abstractmethod
    def _update(self, step: Step, place: int, param: Var, shared: Sequence[Var]) -> tuple[Var, list[Var]]:
        """A weight's new value, and its own new state."""


def _type(param: Var) -> TensorType:
    type_ = param.ty
    assert isinstance(type_, TensorType)
    return type_


def zeros_for(trained: Sequence[Var]) -> list[NDArray]:
    """Zeros of the type of each variable. R2R0703 for open sizes."""
    return [zeros(_type(param)) for param in trained]


def _dtype(type_: Type | None) -> str | None:
    """The element type of a float tensor; None for anything else."""
    dtype = str(type_.dtype) if isinstance(type_, TensorType) else ""
    return dtype if dtype and dtypes.is_float(dtype) else None
