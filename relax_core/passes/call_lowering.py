"""Rewriting calls one by one: what the lowering passes of TVM's pipeline share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relax_core.analysis.variables import all_vars
from relax_core.ir.expr import Binding, Call, DataflowVar, Expr, Function, MatchCast, TupleGetItem, Var, VarBinding, op
from relax_core.ir.types import Type
from relax_core.names import NameTable
from relax_core.op import creator
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import deduce, type_of
from tensor_core.trampoline import Steps

Change = Callable[["CallLowering", Call], Expr | None]


def unchanged(lowering: CallLowering, call: Call) -> None:
    """The change of what rewrites bindings itself."""
    del lowering, call


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
                value = self._unbound(self._change(self, item.value))
            result += self._added
            self._added = []
            result.append(self.bound(item, value) if value is not None and isinstance(item, VarBinding) else item)
        return tuple(result)

    def _unbound(self, value: Expr | None) -> Expr | None:
        """The value of the variable that was bound last, which needs no binding of its own."""
        last = self._added[-1] if self._added else None
        if not isinstance(last, VarBinding) or last.var is not value:
            return value
        self._added.pop()
        return last.value

    def bind(self, value: Expr, name: str) -> Var:
        """A new variable before the call that is being changed."""
        var = self.variable(name, type_of(value))
        self._added.append(VarBinding(var, value))
        return var

    def match_cast(self, value: Expr, type_: Type, name: str) -> Var:
        """A new variable for a value that is held to a type."""
        var = self.variable(name, type_)
        self._added.append(MatchCast(var, value, type_))
        return var

    def variable(self, name: str, type_: Type | None) -> Var:
        """A variable of the block, not bound yet."""
        return (DataflowVar if self.in_dataflow else Var)(self._names.unique(name), type_)

    def item(self, value: Var, index: int) -> Var:
        """A new variable for a field of a tuple."""
        made = TupleGetItem(value, index)
        type_of(made)
        return self.bind(made, "lv" if self.in_dataflow else "gv")

    def call(self, callee: str | Expr, args: Sequence[Expr], types: Sequence[Type] = ()) -> Call:
        """A typed call of an operator by its name, or of an expression."""
        for arg in args:
            type_of(arg)
        made = Call(op(callee) if isinstance(callee, str) else callee, tuple(args), None, tuple(types))
        made.memo("ty", deduce(made, self.release))
        return made

    def op(self, path: str, *args: Any, **attrs: Any) -> Var:
        """A new variable for a call of an operator, made as ``relax.op`` makes it in the release."""
        return self.bind(self.said(path, *args, **attrs), "lv" if self.in_dataflow else "gv")

    def said(self, path: str, *args: Any, **attrs: Any) -> Expr:
        """The call itself, typed."""
        made = creator(path, self.release)(*args, **attrs)
        assert isinstance(made, Call)
        made.memo("ty", deduce(made, self.release))
        return made


def lower_calls(function: Function, change: Change, release: str) -> Function:
    """The function, in normal form, with calls replaced."""
    return CallLowering(function, change, release).run(function)
