"""The cases of tests/corpus/trainers.py with our passes: modules that train, and arguments for their functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from relax_core.ir.expr import IRModule
from relax_core.ir.types import TensorType
from relax_core.training import SetupTrainer, loss, optimizer
from relax_core.training.setup_trainer import ADJOINT, BACKBONE, LOSS, OPTIMIZER
from tests.corpus.trainers import Trained, start


def set_up(case: Trained, before: IRModule, legalize: bool = True) -> IRModule:
    """What SetupTrainer makes of a model."""
    (kind, loss_options), (updates, options) = case.loss, case.optimizer
    made = getattr(loss, kind)(**loss_options), getattr(optimizer, updates)(**options)
    return SetupTrainer(*made, [TensorType(*item) for item in case.shapes], legalize)(before)


def started(case: Trained, module: IRModule) -> tuple[list[Any], list[Any], Any]:
    """Inputs, parameters with states, and targets."""
    model: Any = module[BACKBONE]
    return start(case, [(param.name, param.ty.concrete_shape) for param in model.params])


def arguments(case: Trained, module: IRModule) -> dict[str, list[Any]]:
    """Arguments for each function of a module that trains."""
    inputs, kept, targets = started(case, module)
    weights = tuple(kept[: module.attrs["param_num"]])
    state = tuple([value + np.asarray(0.5).astype(value.dtype) for value in module.attrs["optim_state"]])
    return {
        BACKBONE: [*inputs, *kept],
        LOSS: [*inputs, *kept, targets],
        ADJOINT: [*inputs, *kept, targets],
        OPTIMIZER: [weights, tuple([0.1 * weight for weight in weights]), state],
    }
