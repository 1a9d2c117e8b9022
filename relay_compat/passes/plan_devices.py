"""PlanDevices: every value gets a device, and copies between devices are written (device_planner.cc in TVM 0.19)."""

from __future__ import annotations

from relay_compat.devices.analysis import assigned
from relay_compat.devices.capture import Capturer
from relay_compat.devices.configuration import CompilationConfig
from relay_compat.devices.preparation import MarkRewriter, with_copies
from relay_compat.ir.expr import Function
from relay_compat.passes.infer_type import InferType
from relay_compat.transform.function_pass import FunctionPass, optimizable
from tensor_core.module import IRModule
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo, Sequential


def PlanDevices(config: CompilationConfig) -> Pass:
    """The pass: marks (``on_device``), copies and devices of parameters say where values are; what they leave open is
    where its surroundings are, or where operators are by default.

    Raises DiagnosticError R2R0206 when they contradict each other, R2R0607 for a device without a target.
    """

    def marks(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        changed = MarkRewriter(module).rewrite(function)
        return changed.with_attr(module.attrs) if module.attrs else changed

    def conflicts(module: IRModule, context: PassContext) -> IRModule:
        del context
        return with_copies(module, config)

    def core(module: IRModule, context: PassContext) -> IRModule:
        del context
        capturer = Capturer(assigned(module, config))
        result = module.copy()
        for name, function in module.functions.items():
            if optimizable(function):
                result[name] = capturer.rewrite(function)
        return result

    parts = (
        FunctionPass(PassInfo(0, "PlanDevicesRewrite"), marks),
        ModulePass(PassInfo(0, "PlanDevicesCheckConflicts"), conflicts),
        InferType(),
        ModulePass(PassInfo(0, "PlanDevicesCore"), core),
    )
    return Sequential(parts, name="PlanDevices")
