"""AppendLoss: a model and its loss as one function (tvm.relax.training.AppendLoss in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from relax_core.binding import bind, symbols_of
from relax_core.ir.expr import DataflowBlock, DataflowVar, Expr, Function, IRModule, SeqExpr, Tuple, Var
from relax_core.ir.types import TensorType
from relax_core.normalizer import function_over
from relax_core.passes.function_pass import relax_release
from relax_core.retype import RetypingMutator, scope_type
from relax_core.symbol_mutator import with_new_variables
from relax_core.training.errors import untrainable
from relax_core.types.leaves import type_of
from relax_core.types.relations import substitute
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import ModulePass, Pass, PassInfo

__all__ = ["AppendLoss", "append_loss"]


def AppendLoss(
    func_name: str, loss_function: Function, num_backbone_outputs: int = 1, new_func_name: str | None = None
) -> Pass:
    """Add ``<func_name>_loss``, or a function of another name: the model, then the loss of its first results.

    ``num_backbone_outputs`` says how many results the loss takes, as its first parameters; its other parameters become
    parameters behind the model's own. The new function answers the loss, then the results that the loss does not take.
    """
    name = f"{func_name}_loss" if new_func_name is None else new_func_name
    return ModulePass(
        PassInfo(0, "AppendLoss"),
        lambda module, _: append_loss(module, func_name, loss_function, num_backbone_outputs, name),
    )


def append_loss(
    module: IRModule, func_name: str, loss_function: Function, num_backbone_outputs: int, new_func_name: str
) -> IRModule:
    """The module with the function of the model and the loss.

    R2R0603 for an unknown function, R2R0109 for a name that is taken; R2R0703 unless both functions are one dataflow
    block, the model answers variables of the types that the loss takes, and the loss a number.
    """
    backbone = module[func_name]
    if not isinstance(backbone, Function):
        raise untrainable(f"{func_name} is no Relax function", hint="name a Relax function")
    if new_func_name in module:
        message = f"the module has a function {new_func_name}"
        raise fail(codes.DUPLICATE_NAME, message, hint="remove it, or give new_func_name")
    release = relax_release(module)
    model, loss = with_new_variables(backbone), with_new_variables(loss_function)
    made = _joined(model, loss, num_backbone_outputs, release)
    made = made.replace(attrs={**(made.attrs or {}), "global_symbol": new_func_name})
    result = module.copy()
    result[new_func_name] = made
    result.get_global_var(new_func_name).memo("checked", type_of(made))
    return result


def _joined(model: Function, loss: Function, count: int, release: str) -> Function:
    """One function of two that share no variable."""
    block, result = _one_block(model, "the model")
    answers = _variables(result)
    if not 0 <= count <= min(len(answers), len(loss.params)):
        given = f"the model answers {len(answers)} values and the loss has {len(loss.params)} parameters"
        raise untrainable(f"num_backbone_outputs is {count}, but {given}", model.span)
    predictions, kept = answers[:count], answers[count:]
    _check_types(predictions, loss.params)
    bound = bind(loss, dict(zip(loss.params, predictions, strict=False)), release=release)
    ending, value = _one_block(bound, "the loss")
    if not isinstance(value, Var) or not isinstance(value.ty, TensorType) or value.ty.dims != ():
        hint = "give it a reduction: mean or sum"
        raise untrainable("the loss must answer a variable, a tensor of rank 0", loss.span, hint)
    both = DataflowBlock((*block.bindings, *ending.bindings), block.span)
    body = SeqExpr((both,), Tuple((value, *kept)) if kept else value)
    body.memo("ty", scope_type(body))
    made = function_over(Function((*model.params, *bound.params), body, None, model.is_pure, model.attrs))
    return _Hider(set(predictions).difference(kept, [value]), release).run(made)


def _one_block(function: Function, what: str) -> tuple[DataflowBlock, Expr]:
    body = function.body
    blocks = body.blocks if isinstance(body, SeqExpr) else ()
    if not isinstance(body, SeqExpr) or len(blocks) != 1 or not isinstance(blocks[0], DataflowBlock):
        hint = "put its body into one `with R.dataflow()`"
        raise untrainable(f"{what} must consist of one dataflow block", function.span, hint)
    return blocks[0], body.body


def _variables(result: Expr) -> tuple[Var, ...]:
    """The results of a model one by one."""
    found = [item for item in (result.fields if isinstance(result, Tuple) else (result,)) if isinstance(item, Var)]
    if len(found) != (len(result.fields) if isinstance(result, Tuple) else 1):
        raise untrainable("the model must answer a variable, or a tuple of variables", result.span)
    return tuple(found)


def _check_types(predictions: Sequence[Var], params: Sequence[Var]) -> None:
    """Each prediction has the type that the loss takes, once its open sizes are those of the model."""
    dims = symbols_of(dict(zip(params, predictions, strict=False)))
    for place, (prediction, param) in enumerate(zip(predictions, params, strict=False)):
        if param.ty is None or substitute(param.ty, dims) != prediction.ty:
            message = f"result {place} of the model is {prediction.ty}, the loss takes {param.ty}"
            raise untrainable(message, prediction.span, "call the loss with the types of the results")


class _Hider(RetypingMutator):
    """Makes variables that are no results any more those of their block."""

    def __init__(self, hidden: Collection[Var], release: str) -> None:
        super().__init__(release)
        self._hidden = hidden

    def definition(self, var: Var) -> Var:
        """A dataflow variable in the place of a former result."""
        return DataflowVar(var.name, var.ty, var.span) if var in self._hidden else var
