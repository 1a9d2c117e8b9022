"""Rewriting calls one by one: what the lowering passes of TVM's pipeline share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relax_core.analysis.variables import all_vars
from relax_core.ir.expr import Binding, Call, DataflowVar, Expr, Function, Var, VarBinding, op
from relax_core.ir.types import Type
from relax_core.names import NameTable
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import deduce, type_of
from tensor_core.trampoline import Steps

Change = Callable[["CallLowering", Call], Expr | None]


class CallLowering(RetypingMutator):
    """Replaces the calls for which ``change`` gives another right-hand side; it may bind others first."""

    def __init__(self, function: Function, change: Change, release: str) -> None:
        super().__init__(release)
        self._change = change
        self._names = NameTable(lambda: [var.name for var in all_vars(function)])
        self._added: list[Binding] = []

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A binding, after those that its new value needs."""
        made = yield super().rewrite(binding)
        result: list[Binding] = []
        for item in made:
            value = None
            if isinstance(item, VarBinding) and isinstance(item.value, Call):
                value = self._change(self, item.value)
            result += self._added
            self._added = []
            result.append(self.bound(item, value) if value is not None and isinstance(item, VarBinding) else item)
        return tuple(result)

    def bind(self, value: Expr, name: str) -> Var:
        """A new variable before the call that is being changed."""
        var = (DataflowVar if self.in_dataflow else Var)(self._names.unique(name), type_of(value))
        self._added.append(VarBinding(var, value))
        return var

    def call(self, callee: str | Expr, args: Sequence[Expr], types: Sequence[Type] = ()) -> Call:
        """A typed call of an operator by its name, or of an expression."""
        for arg in args:
            type_of(arg)
        made = Call(op(callee) if isinstance(callee, str) else callee, tuple(args), None, tuple(types))
        made.memo("ty", deduce(made, self.release))
        return made


def lower_calls(function: Function, change: Change, release: str) -> Function:
    """The function, in normal form, with calls replaced."""
    return CallLowering(function, change, release).run(function)
