"""ConvertLayout: convolutions, pooling and their like in the layouts that one wants (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.passes.alter_op_layout import checked_call, tensor_infos
from relay_compat.passes.layout_rewrite import rewrite_layouts
from relay_compat.transform.function_pass import FunctionPass
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo


def ConvertLayout(desired_layouts: Mapping[str, Sequence[str]]) -> Pass:
    """The pass. ``desired_layouts``: by operator name, the layouts of the arguments; "default" for a kernel that goes
    with the data. Operators that are not named, or have no FTVMConvertOpLayout, follow the others.
    """
    wanted = {str(name): [str(item) for item in layouts] for name, layouts in desired_layouts.items()}

    def convert(old: Call, attrs: Any, args: Sequence[Expr]) -> Call:
        assert isinstance(old.op, Op)
        hook = old.op.get_attr("FTVMConvertOpLayout")
        if hook is not None and old.op.name in wanted:
            infos = tensor_infos([getattr(arg, "checked", None) for arg in old.args])
            made = hook(attrs, list(args), infos, wanted[old.op.name])
            if made is not None:
                return checked_call(made, old)
        return Call(old.op, tuple(args), attrs)

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return rewrite_layouts(function, convert)

    return FunctionPass(PassInfo(3, "ConvertLayout", ("InferType", "CanonicalizeOps")), run)
