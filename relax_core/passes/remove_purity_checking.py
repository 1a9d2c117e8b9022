"""RemovePurityChecking: functions are trusted to be pure (relax.transform.RemovePurityChecking in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.ir.expr import Call, Expr, Function, Op, op
from relax_core.passes.function_pass import FunctionPass
from relax_core.retype import RetypingMutator
from tensor_core.passes import Pass, PassInfo
from tensor_core.trampoline import Steps

_PACKED = ("relax.call_pure_packed", "relax.call_inplace_packed")


def RemovePurityChecking() -> Pass:
    """Give pure functions the attribute ``relax.force_pure`` and make plain calls of calls that are stated pure."""
    return FunctionPass(PassInfo(0, "RemovePurityChecking"), lambda function, _, __: remove_purity(function))


def remove_purity(function: Function) -> Function:
    """The function in normal form without statements about purity."""
    return _Remover().run(function)


class _Remover(RetypingMutator):
    def function(self, function: Function) -> Steps[Function]:
        """Mark a pure function, local ones as well."""
        new = yield super().function(function)
        if not new.is_pure:
            return new
        marked = new.replace(attrs={**(new.attrs or {}), "relax.force_pure": True})
        marked.memo("ty", new.ty)
        return marked

    def leaf(self, expr: Expr) -> Expr:
        """Unwrap calls that are stated pure."""
        expr = super().leaf(expr)
        if not isinstance(expr, Call) or not isinstance(expr.op, Op):
            return expr
        name = expr.op.name
        if name in _PACKED:
            # call_inplace_packed has attributes of its own; those of the other are the callee's.
            attrs = expr.attrs if name == _PACKED[0] else None
            new = Call(expr.args[0], expr.args[1:], attrs, expr.ty_args, expr.span)
        elif name == "relax.invoke_pure_closure":
            new = Call(op("relax.invoke_closure"), expr.args, expr.attrs, expr.ty_args, expr.span)
        else:
            return expr
        new.memo("ty", expr.ty)
        return new
