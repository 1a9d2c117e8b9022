"""SetupTrainer: what trains a model, made of its function (tvm.relax.training.SetupTrainer in TVM 0.19 to 0.27).

The model is the function ``backbone`` of inputs, parameters and states, in this order; it answers predictions, then the
new states. The module says how many parameters and states there are: ``param_num`` and ``state_num``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relax_core import well_formed
from relax_core.ir.expr import Function, IRModule, SeqExpr, Tuple
from relax_core.ir.types import Type
from relax_core.passes.decompose_ops import DecomposeOpsForInference, DecomposeOpsForTraining
from relax_core.passes.gradient import gradient
from relax_core.passes.legalize_ops import LegalizeOps
from relax_core.training.append_loss import append_loss
from relax_core.training.errors import Untrainable, untrainable
from relax_core.training.loss import Loss
from relax_core.training.optimizer import Optimizer
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.prim import IntImm

BACKBONE = "backbone"
LOSS = "backbone_loss"
ADJOINT = "backbone_loss_adjoint"
OPTIMIZER = "optimizer"
INPUT_NUM, PARAM_NUM, STATE_NUM, OPTIM_STATE = "input_num", "param_num", "state_num", "optim_state"


def SetupTrainer(loss: Loss, optimizer: Optimizer, loss_args: Sequence[Type], legalize: bool = True) -> Pass:
    """Add to ``backbone`` what trains it, and legalize operators if ``legalize``.

    ``backbone_loss(inputs, params, states, targets) -> (loss, new states)``; ``backbone_loss_adjoint`` of the same
    parameters also answers the gradients of the parameters; ``optimizer(params, gradients, optimizer's state)`` answers
    both anew. ``loss`` is called with ``loss_args``. The module's attributes ``input_num`` and ``optim_state`` say how
    many inputs there are, and what the optimizer's state is at the start.
    """
    return ModulePass(
        PassInfo(0, "SetupTrainer"), lambda module, _: setup_trainer(module, loss, optimizer, loss_args, legalize)
    )


def setup_trainer(
    module: IRModule, loss: Any, optimizer: Optimizer, loss_args: Sequence[Type], legalize: bool = True
) -> IRModule:
    """The module, in normal form, with what trains its model.

    R2R0205 for an ill-formed module, R2R0603 without a model, R2R0703 where the attributes, the parameters or the
    results are not as they must be; errors of :func:`append_loss`, :func:`gradient` and of the optimizer.
    """
    inputs, weights = _layout(module)
    result = append_loss(module, BACKBONE, loss(*loss_args), loss.num_backbone_outputs, LOSS)
    result = DecomposeOpsForTraining(LOSS)(DecomposeOpsForInference(BACKBONE)(result))
    function = result[LOSS]
    assert isinstance(function, Function)
    params = function.params[inputs : inputs + weights]
    result = gradient(result, LOSS, params, target_index=0)
    update = optimizer.init(params).get_function()
    result[OPTIMIZER] = update.replace(attrs={**(update.attrs or {}), "global_symbol": OPTIMIZER})
    result = result.with_attrs({INPUT_NUM: inputs, OPTIM_STATE: optimizer.state})
    return LegalizeOps()(result) if legalize else result


def _layout(module: IRModule) -> tuple[int, int]:
    """How many of the model's parameters are inputs, and how many are trained."""
    if breaches := well_formed.check(module):
        raise Untrainable(*breaches)
    model = module[BACKBONE]
    if not isinstance(model, Function):
        raise untrainable(f"{BACKBONE} is no Relax function", hint="the model must be one")
    weights, states = (_count(module, key) for key in (PARAM_NUM, STATE_NUM))
    inputs = len(model.params) - weights - states
    if inputs < 0:
        message = (
            f"{BACKBONE} has {len(model.params)} parameters, too few for {weights} trained ones and {states} states"
        )
        raise untrainable(message, model.span, f"check {PARAM_NUM} and {STATE_NUM}")
    result = model.body.body if isinstance(model.body, SeqExpr) else model.body
    if states and not (isinstance(result, Tuple) and len(result.fields) > states):
        message = f"{BACKBONE} must answer a tuple: predictions, then {states} new states"
        raise untrainable(message, model.span, f"check {STATE_NUM}, or answer the states")
    return inputs, weights


def _count(module: IRModule, key: str) -> int:
    value = module.attrs.get(key)
    if not isinstance(value, int | IntImm) or isinstance(value, bool) or int(value) < 0:
        hint = f'write I.module_attrs({{"{key}": ...}})'
        raise untrainable(f"the module must say {key}, a number, not {value!r}", hint=hint)
    return int(value)
