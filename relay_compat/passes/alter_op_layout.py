"""AlterOpLayout: operators become what ``register_alter_op_layout`` says, in the layouts they then take (TVM 0.19).

No operator is altered unless a program registers how: TVM's own alterations belong to targets of its code generation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.ir.types import TensorType, Type
from relay_compat.passes.layout_rewrite import rewrite_layouts
from relay_compat.transform.function_pass import FunctionPass
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.types import leaves


def AlterOpLayout() -> Pass:
    """The pass. A registered function gets the attributes, the new arguments, and the types of the original ones and of
    the result; it returns the call to make instead, or None.
    """

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return rewrite_layouts(function, _alter)

    return FunctionPass(PassInfo(3, "AlterOpLayout", ("InferType",)), run)


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """What hooks are told of an argument: shape and element type, as of a te.Tensor."""

    shape: tuple[Any, ...]
    dtype: str


def tensor_infos(types: Sequence[Type | None]) -> list[TensorInfo]:
    """Of all tensors among argument types, those in tuples too."""
    found = [leaf for type_ in types if type_ is not None for leaf in leaves(type_)]
    return [TensorInfo(leaf.shape, leaf.dtype) for leaf in found if isinstance(leaf, TensorType)]


def _alter(old: Call, attrs: Any, args: Sequence[Expr]) -> Call:
    assert isinstance(old.op, Op)
    hook = old.op.get_attr("FTVMAlterOpLayout")
    if hook is not None:
        infos = tensor_infos([getattr(arg, "checked", None) for arg in old.args])
        altered = hook(attrs, list(args), infos, old.checked)
        if altered is not None:
            return checked_call(altered, old)
    return Call(old.op, tuple(args), attrs)


def checked_call(made: Any, old: Call) -> Call:
    """What a hook returned; DiagnosticError R2R0602 unless it is a call."""
    if not isinstance(made, Call):
        raise fail(codes.EXECUTION_FAILED, "Can only replace the original operator with another call node", old.span)
    return made
