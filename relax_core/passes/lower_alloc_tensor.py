"""LowerAllocTensor: each tensor gets storage of its own (relax.transform.LowerAllocTensor in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.ir.expr import Call, DataTypeImm, Expr, Function, IRModule, PrimValue, ShapeExpr
from relax_core.ir.types import ShapeType
from relax_core.passes.call_lowering import CallLowering, lower_calls
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.passes.memory_plan import ALLOC
from relax_core.passes.memory_tokens import token_for
from relax_core.types.deduce import type_of
from relax_core.visit import op_name
from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.releases import older


def LowerAllocTensor() -> Pass:
    """Make ``memory.alloc_storage`` and ``memory.alloc_tensor`` of ``builtin.alloc_tensor``."""

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return lower_calls(function, _lowered, relax_release(module))

    return FunctionPass(PassInfo(0, "LowerAllocTensor"), apply)


def _lowered(lowering: CallLowering, call: Call) -> Expr | None:
    if op_name(call) != ALLOC:
        return None
    shape, element, device, scope = call.args
    dims = type_of(shape)
    if not isinstance(dims, ShapeType) or dims.values is None or not isinstance(element, DataTypeImm):
        raise fail(codes.BAD_OPTION, "an allocation must know its shape and element type", call.span)
    size = token_for(dims.values, element.value, "").bytes
    storage = lowering.bind(
        lowering.call("relax.memory.alloc_storage", (ShapeExpr((size,)), device, scope, DataTypeImm("uint8"))),
        "storage",
    )
    args: tuple[Expr, ...] = (storage, PrimValue(prim.const(0, "int64")), shape, element)
    if has_device_operand(lowering.release):
        args = (*args, device)
    return lowering.call("relax.memory.alloc_tensor", args)


def has_device_operand(release: str) -> bool:
    """Whether ``memory.alloc_tensor`` says the device, as it does since TVM 0.25."""
    return not older(release, "0.25")
