"""ToNonDataflow: dataflow blocks become plain blocks (relax.transform.ToNonDataflow in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.ir.expr import BindingBlock, DataflowVar, Function, Var
from relax_core.passes.function_pass import FunctionPass
from relax_core.retype import RetypingMutator
from tensor_core.passes import Pass, PassInfo
from tensor_core.trampoline import Steps


def ToNonDataflow() -> Pass:
    """Make plain blocks of dataflow blocks, and plain variables of theirs."""
    return FunctionPass(PassInfo(0, "ToNonDataflow"), lambda function, _, __: to_non_dataflow(function))


def to_non_dataflow(function: Function) -> Function:
    """The function in normal form without dataflow blocks; neighbouring blocks are joined."""
    return _Plain().run(function)


class _Plain(RetypingMutator):
    def definition(self, var: Var) -> Var:
        """A plain variable."""
        return Var(var.name, var.ty, var.span) if isinstance(var, DataflowVar) else var

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """A plain block."""
        new = yield super().block(block)
        return new if type(new) is BindingBlock else BindingBlock(new.bindings, new.span)
