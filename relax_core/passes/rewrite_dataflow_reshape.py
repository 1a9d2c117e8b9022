"""RewriteDataflowReshape: kernels that only give a tensor another shape become ``reshape`` again (relax.transform of
TVM 0.19 to 0.27), which costs nothing when the program runs.

In dataflow blocks, and not for their outputs, which may have to be tensors of their own.
"""

from __future__ import annotations

from relax_core.analysis import has_reshape_pattern
from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowVar,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    PrimFunc,
    Tuple,
    VarBinding,
)
from relax_core.ir.types import TensorType
from relax_core.passes.call_lowering import CallLowering
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import type_of
from relax_core.visit import op_name
from tensor_core import shapes
from tensor_core.node import post_order
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.tir.expr import BufferLoad
from tensor_core.tir.functor import children
from tensor_core.tir.stmt import BufferStore
from tensor_core.trampoline import Steps


def RewriteDataflowReshape() -> Pass:
    """The pass."""

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return _Rewriting(function, module).run(function)

    return FunctionPass(PassInfo(0, "RewriteDataflowReshape"), apply)


class _Rewriting(CallLowering):
    def __init__(self, function: Function, module: IRModule) -> None:
        super().__init__(function, _reshaped, relax_release(module))
        self.module = module

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A binding of a dataflow block that nothing outside of it sees."""
        if isinstance(binding, VarBinding) and isinstance(binding.var, DataflowVar):
            return (yield super().rewrite(binding))
        return (yield RetypingMutator.rewrite(self, binding))


def _reshaped(lowering: CallLowering, call: Call) -> Expr | None:
    assert isinstance(lowering, _Rewriting)
    if op_name(call) != "relax.call_tir" or len(call.args) != 2:
        return None
    callee, given = call.args
    kernel = lowering.module[callee] if isinstance(callee, GlobalVar) else None
    if not isinstance(kernel, PrimFunc) or not isinstance(given, Tuple):
        return None
    nodes = post_order([kernel.body], children)
    used = {node.buffer for node in nodes if isinstance(node, (BufferLoad, BufferStore))}
    params = zip(given.fields, kernel.params, strict=False)
    read = [arg for arg, param in params if kernel.buffer_map.get(param) in used]
    if len(read) != 1 or not has_reshape_pattern(kernel):
        return None
    source, result = type_of(read[0]), type_of(call)
    if not isinstance(source, TensorType) or not isinstance(result, TensorType) or source.dtype != result.dtype:
        return None
    if source.dims is None or result.dims is None or not source.dtype:
        return None
    if not shapes.prove_equal(shapes.product(source.dims), shapes.product(result.dims)):
        return None
    return lowering.said("reshape", read[0], result.shape)
