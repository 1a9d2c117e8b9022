"""What Gradient tidies up: transposes of transposes and of matrix products, and kernels that state their gradients."""

from __future__ import annotations

from typing import Any

from relax_core.analysis.variables import all_vars
from relax_core.ir.expr import Binding, Call, DataflowVar, Expr, Function, Op, Var, VarBinding, op
from relax_core.ir.types import TensorType
from relax_core.names import NameTable
from relax_core.op import creator
from relax_core.passes.remove_unused import remove_unused
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import deduce, type_of
from tensor_core.trampoline import Steps


def as_plain_kernels(function: Function) -> Function:
    """The function with ``call_tir`` for ``call_tir_with_grad``."""
    return _PlainKernels().run(function)


def simplify_gradient(function: Function, release: str) -> Function:
    """The function without transposes that undo each other, those of matrix products pushed to the factors."""
    return remove_unused(_Simplifier(function, release).run(function))


class _PlainKernels(RetypingMutator):
    def leaf(self, expr: Expr) -> Expr:
        """A kernel without its gradient."""
        new = super().leaf(expr)
        if not isinstance(new, Call) or not isinstance(new.op, Op) or new.op.name != "relax.call_tir_with_grad":
            return new
        made = Call(op("relax.call_tir"), new.args, None, new.ty_args, new.span)
        made.memo("ty", new.ty)
        return made


class _Simplifier(RetypingMutator):
    def __init__(self, function: Function, release: str) -> None:
        super().__init__(release)
        self._names = NameTable(var.name for var in all_vars(function))
        self._values: dict[Var, Expr] = {}

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A transpose of a transpose is what was there; one of a product is a product of transposes."""
        made = yield super().rewrite(binding)
        first = made[0]
        if isinstance(first, VarBinding) and isinstance(first.value, Call):
            made = self._transpose(first, first.value)
        self._values.update({item.var: item.value for item in made if isinstance(item, VarBinding)})
        return made

    def _transpose(self, binding: VarBinding, call: Call) -> tuple[Binding, ...]:
        source = call.args[0] if _is_transpose(call) else None
        inner = self._values.get(source) if isinstance(source, Var) else None
        if not isinstance(inner, Call):
            return (binding,)
        if _is_transpose(inner) and isinstance(inner.args[0], Var):
            self.define(binding.var, inner.args[0])
            return ()
        if not isinstance(inner.op, Op) or inner.op.name != "relax.matmul" or 1 in map(_rank, inner.args):
            return (binding,)
        added: list[Binding] = []
        b, a = (self._turned(arg, added) for arg in reversed(inner.args))
        product = Call(inner.op, (b, a), inner.attrs)
        product.memo("ty", deduce(product, self.release))
        return (*added, self.bound(binding, product))

    def _turned(self, expr: Expr, added: list[Binding]) -> Expr:
        """The transpose of a factor: what it is the transpose of, or a new binding."""
        inner = self._values.get(expr) if isinstance(expr, Var) else None
        if isinstance(inner, Call) and _is_transpose(inner):
            return inner.args[0]
        rank = _rank(expr)
        if rank == 1:
            return expr
        axes = [*range(rank - 2), rank - 1, rank - 2]
        call = creator("permute_dims", self.release)(expr, axes)
        assert isinstance(call, Call)
        call.memo("ty", deduce(call, self.release))
        var = DataflowVar(self._names.unique("lv"), type_of(call))
        added.append(VarBinding(var, call))
        return var


def _rank(expr: Expr) -> int:
    type_ = type_of(expr)
    return type_.ndim if isinstance(type_, TensorType) else -1


def _is_transpose(call: Call) -> bool:
    """Whether a call exchanges the last two axes and no others."""
    if not isinstance(call.op, Op) or call.op.name != "relax.permute_dims":
        return False
    rank = _rank(call.args[0])
    axes: Any = call.attrs.get("axes") if call.attrs else None
    if rank in (-1, 1):
        return False
    if axes is None:
        return rank == 2
    return [int(axis) for axis in axes] == [*range(rank - 2), rank - 1, rank - 2]
