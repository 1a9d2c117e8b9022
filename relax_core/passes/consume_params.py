"""Releasing each weight once it was taken out of its tuple (LiftTransformParams with consume_params)."""

from __future__ import annotations

from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowVar,
    Expr,
    ExternFunc,
    Function,
    PrimValue,
    TupleGetItem,
    Var,
    VarBinding,
    op,
)
from relax_core.ir.types import TupleType
from relax_core.passes.bundle_model_params import num_input
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import deduce
from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.trampoline import Steps


def consume_params(function: Function, release: str = "0.27") -> Function:
    """The function, whose last parameter is a tuple of weights, with a reset of each field after it is taken out.

    R2R0703 when there is more than the one tuple of weights.
    """
    inputs = num_input(function)
    last = function.params[-1] if function.params else None
    if last is None or len(function.params) != (inputs or 0) + 1 or not isinstance(last.ty, TupleType):
        raise fail(codes.BAD_OPTION, "weights can be consumed where they are one tuple", function.span)
    return _Consumer(last, release).run(function)


class _Consumer(RetypingMutator):
    def __init__(self, weights: Var, release: str) -> None:
        super().__init__(release)
        self._weights = weights
        self._taken: dict[int, Expr] = {}

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A field that was taken out already is that variable; else it is reset."""
        value = binding.value if isinstance(binding, VarBinding) else None
        if not isinstance(binding, VarBinding) or not isinstance(value, TupleGetItem):
            return (yield super().rewrite(binding))
        if value.tuple_value is not self._weights:
            return (yield super().rewrite(binding))
        if value.index in self._taken:
            return (self.bound(binding, self._taken[value.index]),)
        made = self.bound(binding, value)
        self._taken[value.index] = made.var
        return (made, self._reset(value.index))

    def _reset(self, index: int) -> VarBinding:
        call = Call(
            op("relax.call_pure_packed"),
            (ExternFunc("vm.builtin.tuple_reset_item"), self._weights, PrimValue(prim.const(index, "int32"))),
            None,
            (TupleType(()),),
        )
        call.memo("ty", deduce(call, self.release))
        return VarBinding((DataflowVar if self.in_dataflow else Var)("_", call.ty), call)
