"""Trainer: runs what SetupTrainer made, and keeps parameters and states (tvm.relax.training.Trainer, 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import numpy as np

from relax_core.ir.expr import Function, IRModule
from relax_core.training.arrays import copied, of_type, zeros
from relax_core.training.errors import untrainable
from relax_core.training.kept import Arrays, Kept
from relax_core.training.setup_trainer import (
    ADJOINT,
    BACKBONE,
    INPUT_NUM,
    LOSS,
    OPTIM_STATE,
    OPTIMIZER,
    PARAM_NUM,
    STATE_NUM,
)
from tensor_core.device import Device
from tensor_core.ndarray import NDArray


class Functions(Protocol):
    """The functions of a module by name, ready to be called: a virtual machine, or a dictionary."""

    def __getitem__(self, name: str, /) -> Callable[..., Any]: ...


class Trainer:
    """Trains a model step by step. ``mod``: the result of SetupTrainer; ``vm``: what runs its functions.

    R2R0703 for a module that SetupTrainer has not made.
    """

    BACKBONE_FUNC, BACKBONE_LOSS_FUNC, ADJOINT_FUNC, OPTIMIZER_FUNC = BACKBONE, LOSS, ADJOINT, OPTIMIZER

    def __init__(self, train_mod: IRModule, vm: Functions, device: Device, zero_init_param_state: bool = True) -> None:
        missing = [key for key in (INPUT_NUM, PARAM_NUM, STATE_NUM, OPTIM_STATE) if key not in train_mod.attrs]
        if missing:
            raise untrainable(f"the module does not say {', '.join(missing)}", hint="apply SetupTrainer to it")
        self.mod, self.vm, self.device = train_mod.without_attr(OPTIM_STATE), vm, device
        self._optim_state: Any = tuple(map(copied, train_mod.attrs[OPTIM_STATE]))
        adjoint = cast(Function, train_mod[ADJOINT])
        self._inputs, params, states = (int(train_mod.attrs[key]) for key in (INPUT_NUM, PARAM_NUM, STATE_NUM))
        first = self._inputs + params
        self._params = Kept("parameter", adjoint.params[self._inputs : first])
        self._states = Kept("state", adjoint.params[first : first + states])
        if zero_init_param_state:
            self.zero_init_params()
            self.zero_init_states()

    def xaiver_uniform_init_params(self) -> None:
        """Start with parameters drawn evenly from -b to b, b the root of 6 over the sum of the sizes, by numpy's global
        generator. The name is TVM's. R2R0703 for open sizes.
        """
        self._params.fill(lambda type_: of_type(type_, _drawn))

    def zero_init_params(self) -> None:
        """Start with parameters that are zero. R2R0703 for open sizes."""
        self._params.fill(zeros)

    def zero_init_states(self) -> None:
        """Start with states of the model that are zero. R2R0703 for open sizes."""
        self._states.fill(zeros)

    def load_params(self, params: Arrays) -> None:
        """Take over parameters: all in order, or some by name. R2R0703 for another number, or a name that is none."""
        self._params.load(params)

    def load_states(self, states: Arrays) -> None:
        """Take over states of the model, as :meth:`load_params`."""
        self._states.load(states)

    def export_params(self) -> dict[str, NDArray | None]:
        """The parameters by name; None for what nobody gave yet."""
        return self._params.by_name()

    def export_states(self) -> dict[str, NDArray | None]:
        """The states of the model by name; None for what nobody gave yet."""
        return self._states.by_name()

    def predict(self, *input_instances: Any) -> Any:
        """The predictions for these inputs, without the new states. R2R0602 while parameters or states are unknown."""
        found = self.vm[BACKBONE](*self._given(input_instances))
        count = len(self._states)
        if not count:
            return found
        predictions = found[:-count]
        return predictions[0] if len(predictions) == 1 else predictions

    def update(self, input_instances: Any, targets: Any) -> NDArray:
        """One step on inputs and targets, one array or a list of arrays each; the loss before it.

        R2R0602 while parameters or states are unknown.
        """
        loss, gradients = self.vm[ADJOINT](*self._given(_several(input_instances)), *map(copied, _several(targets)))
        if isinstance(loss, Sequence):
            loss, *others = cast("Sequence[NDArray]", loss)
            self._states.renew(others[len(others) - len(self._states) :])
        params, self._optim_state = self.vm[OPTIMIZER](tuple(self._params.known()), gradients, self._optim_state)
        self._params.renew(params)
        return loss

    def _given(self, inputs: Sequence[Any]) -> list[Any]:
        """The arguments of the model."""
        if len(inputs) != self._inputs:
            raise untrainable(f"the model takes {self._inputs} inputs, {len(inputs)} are given")
        return [*map(copied, inputs), *self._params.known(), *self._states.known()]


def _several(given: Any) -> list[Any]:
    return list(cast("Sequence[Any]", given)) if isinstance(given, list | tuple) else [given]


def _drawn(shape: tuple[int, ...]) -> np.ndarray:
    return np.sqrt(6.0 / np.sum(shape)) * np.random.uniform(-1.0, 1.0, shape)
