"""ComputePrimValue: programs compute scalars that are no constant or variable (relax.transform of TVM 0.19 to 0.27).

A program that only returns one expression of symbolic variables is called before the expression is used.
"""

from __future__ import annotations

from relax_core.analysis.variables import all_vars
from relax_core.block_builder import BlockBuilder
from relax_core.emit_te import program_flags
from relax_core.ir.expr import Binding, Call, Expr, Function, IRModule, PrimFunc, PrimValue, VarBinding
from relax_core.names import NameTable
from relax_core.passes.function_pass import relax_release
from relax_core.passes.leaf_taker import LeafTaker
from relax_core.types.deduce import deduce
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.prim import FloatImm, IntImm, PrimExpr, Var
from tensor_core.tir.functor import undefined_vars
from tensor_core.tir.rewrite import substitute
from tensor_core.tir.stmt import Return
from tensor_core.trampoline import Steps


def ComputePrimValue() -> Pass:
    """Let programs compute the scalars of Relax functions; shapes stay."""
    return ModulePass(PassInfo(0, "ComputePrimValue"), lambda module, _: compute_prim_values(module))


def compute_prim_values(module: IRModule) -> IRModule:
    """The module with programs for its scalars; the same object when it needs none."""
    builder = BlockBuilder(module)
    changed = False
    for var, function in module.functions.items():
        if isinstance(function, Function):
            made = _Computer(builder, function, relax_release(module)).run(function)
            if made is not function:
                builder.update_func(var, made)
                changed = True
    return builder.get() if changed else module


class _Computer(LeafTaker):
    def __init__(self, builder: BlockBuilder, function: Function, release: str) -> None:
        super().__init__(release)
        self._builder = builder
        self._names = NameTable(lambda: [var.name for var in all_vars(function)])

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """The bindings; a scalar that is bound is bound to the call itself."""
        made = yield super().rewrite(binding)
        *before, last = made
        if before and isinstance(last, VarBinding) and last.value is before[-1].var:
            last = self.bound(last, before.pop().value)
        return (*before, last)

    def taken(self, leaf: Expr) -> list[Binding]:
        """The call of the program that computes a scalar."""
        if not isinstance(leaf, PrimValue) or isinstance(leaf.value, IntImm | FloatImm | Var):
            return []
        variables = undefined_vars(leaf.value)
        callee = self._builder.add_func(_program(leaf.value, variables, self.release), "compute_symbolic_expr")
        call = Call(callee, tuple([PrimValue(var) for var in variables]))
        call.memo("ty", deduce(call, self.release))
        name = self._names.unique("lv" if self.in_dataflow else "gv")
        return [VarBinding(self.variable(name, call.ty), call)]


def _program(value: PrimExpr, variables: list[Var], release: str) -> PrimFunc:
    own: dict[Var, PrimExpr] = {var: var.replace() for var in variables}
    attrs = {key.replace("noalias", "is_host_func"): flag for key, flag in program_flags(release).items()}
    params = tuple([item for item in own.values() if isinstance(item, Var)])
    return PrimFunc(params, Return(substitute(value, own)), value.dtype, {}, attrs)
