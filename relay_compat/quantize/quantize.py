"""Quantizing whole programs after training (tvm.relay.quantize.quantize in TVM 0.19).

``quantize`` is a pipeline: inference operators are simplified and constants folded, the program is cut into sections,
the inputs, weights and results of layers are marked, the marks get scales and bounds, and marked layers compute in
integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from relay_compat.analysis import free_vars
from relay_compat.bind_params import bind_params_by_name
from relay_compat.ir.expr import Call, Function, Op
from relay_compat.passes.forward_rewrite import Rule, forward_rewrite
from relay_compat.quantize import _annotate, _partition, _realize
from relay_compat.quantize._calibrate import calibrate
from relay_compat.quantize._partition_conversions import partition_conversions
from relay_compat.quantize.config import current_qconfig
from relay_compat.quantize.context import quantize_context
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.transform.registry import find
from relay_compat.types.infer import infer_types
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo, Sequential

_BEFORE = ("SimplifyInference", "FoldConstant", "FoldScaleAxis", "CanonicalizeOps", "FoldConstant")
_REQUIRED = ("QuantizeAnnotate", "QuantizeCalibrate", "QuantizeRealize")


def partition() -> Pass:
    """Sections of layers end in marks: the type of inputs as a hint, and no fusion with what follows."""
    return _pass("QuantizePartition", lambda function: forward_rewrite(function, _with_context(_partition.KEY)))


def annotate() -> Pass:
    """Inputs, weights and results of layers are marked; the scales and bounds of the marks are new parameters."""

    def rewritten(function: Function) -> Function:
        result: Function = forward_rewrite(function, _with_context(_annotate.KEY), _annotate.at_each_use)
        return result.replace(params=(*result.params, *free_vars(result)))

    return _pass("QuantizeAnnotate", rewritten)


def realize() -> Pass:
    """Marked layers compute in integers. DiagnosticError R2R0602 for marks that are not calibrated."""

    def rule_of(found: Call) -> Rule | None:
        return found.op.get_attr(_realize.KEY) if isinstance(found.op, Op) else None

    return _pass("QuantizeRealize", lambda function: forward_rewrite(function, rule_of))


def _with_context(key: str) -> Callable[[Call], Rule | None]:
    def rule_of(found: Call) -> Rule | None:
        rule: Any = found.op.get_attr(key) if isinstance(found.op, Op) else None
        return None if rule is None else lambda old, args: rule(old, args, None)

    return rule_of


def _pass(name: str, rewritten: Callable[[Function], Function]) -> Pass:
    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return rewritten(function)

    return FunctionPass(PassInfo(1, name), run)


def prerequisite_optimize(mod: IRModule, params: Mapping[str, Any] | None = None) -> IRModule:
    """The module with its parameters bound, ready to be quantized."""
    result = mod.copy()
    if params:
        result["main"] = bind_params_by_name(result["main"], params)
    return Sequential([_named(name) for name in _BEFORE])(result)


def _named(name: str) -> Pass:
    made = find(name)
    assert made is not None
    return made()


def quantize(
    mod: IRModule, params: Mapping[str, Any] | None = None, dataset: Iterable[Mapping[str, Any]] | None = None
) -> IRModule:
    """The module with its layers in integers, by the configuration in force.

    ``params``: the weights by name. ``dataset``: inputs by name, for the modes of calibration that look at values.
    Raises DiagnosticError R2R0602 for weights that are not given and for what a configuration asks in vain.
    """
    prepared = prerequisite_optimize(mod, params)
    steps = [partition(), annotate(), ModulePass(PassInfo(1, "QuantizeCalibrate"), calibrate(dataset))]
    steps.append(_named("InferType"))
    if not current_qconfig().do_simulation:
        steps.append(realize())
    steps.append(_named("FoldConstant"))
    with PassContext(opt_level=3, required_pass=_REQUIRED), quantize_context():
        made = Sequential(steps)(prepared)
    config = current_qconfig()
    if config.partition_conversions == "disabled":
        return made
    quantized = {config.dtype_input, config.dtype_weight, config.dtype_activation}
    return partition_conversions(infer_types(made), quantized, config.partition_conversions == "fully_integral")
