"""Checkpoints of gradients: which variables of the forward pass are kept, and which are computed again.

What starts a checkpointed part (``grad.start_checkpoint``), parameters, and what is computed only of kept variables and
of ends of such parts, is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import type_of
from relax_core.visit import op_name, variables
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.trampoline import Steps

_START, _END = "relax.grad.start_checkpoint", "relax.grad.end_checkpoint"


class Checkpoints(RetypingMutator):
    """Removes the marks of a function, and finds the variables to keep.

    ``originals`` says what the variables bound to marks stand for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.checkpoints: set[Var] = set()
        self.originals: dict[Var, Var] = {}
        self._ends: set[Var] = set()

    def function(self, function: Function) -> Steps[Function]:
        """Parameters are kept."""
        self.checkpoints.update(function.params)
        return super().function(function)

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Drop a mark; an output of the block stays as another name of what was marked. R2R0608 for a mark on what is
        no variable.
        """
        if not isinstance(binding, VarBinding):
            return (yield super().rewrite(binding))
        mark = _mark(binding.value)
        if mark is None:
            if all(var in self.checkpoints or var in self._ends for var in variables(binding.value)):
                self.checkpoints.add(binding.var)
            return (yield super().rewrite(binding))
        source = binding.value.args[0] if isinstance(binding.value, Call) else None
        original = self.resolve(source) if isinstance(source, Var) else None
        if not isinstance(original, Var):
            raise fail(codes.NO_GRADIENT, "a checkpoint marks a variable", binding.span, "bind the value first")
        self.originals[binding.var] = original
        if mark == _START:
            self.checkpoints.add(original)
        else:
            self._ends.add(binding.var)
        if isinstance(binding.var, DataflowVar) or not isinstance(source, DataflowVar):
            self.define(binding.var, original)
            return ()
        output = Var(original.name, original.ty)
        self.define(binding.var, output)
        return (VarBinding(output, original),)


def _mark(value: Expr) -> str | None:
    name = op_name(value)
    return name if name in (_START, _END) else None


class Recomputed:
    """Forward variables as the backward pass sees them: kept ones as they are, others computed again."""

    def __init__(
        self, builder: BlockBuilder, params: Sequence[Var], block: DataflowBlock, checkpoints: set[Var]
    ) -> None:
        self._builder = builder
        self._known: dict[Var, Var] = {param: param for param in params}
        self._values: dict[Var, Expr] = {}
        for binding in block.bindings:
            if isinstance(binding, VarBinding):
                self._values[binding.var] = binding.value
                if binding.var in checkpoints:
                    self._known[binding.var] = binding.var

    def binding(self, var: Var, value: Expr) -> tuple[Var, Expr]:
        """A forward binding over kept and recomputed variables."""
        self._recompute(value)
        value = self._renewed(value)
        if var not in self._known:
            self._known[var] = self._builder.emit(value, f"{var.name}_cp")
        return self._known[var], value

    def _recompute(self, value: Expr) -> None:
        """Emit what a value needs, deepest first."""
        stack = list(reversed(list(variables(value))))
        while stack:
            var = stack[-1]
            if var in self._known or var not in self._values:
                stack.pop()
                continue
            missing = [
                item for item in variables(self._values[var]) if item not in self._known and item in self._values
            ]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            self._known[var] = self._builder.emit(self._renewed(self._values[var]), f"{var.name}_cp")

    def _renewed(self, value: Expr) -> Expr:
        """The value over known variables; a call is always another object, so that it is bound anew."""
        if isinstance(value, Var):
            return self._known.get(value, value)
        if isinstance(value, Tuple):
            made: Expr = Tuple(tuple(map(self._renewed, value.fields)))
        elif isinstance(value, TupleGetItem):
            made = TupleGetItem(self._renewed(value.tuple_value), value.index)
        elif isinstance(value, Call):
            args = tuple(map(self._renewed, value.args))
            made = Call(value.op, args, value.attrs, value.ty_args, value.span)
            made.memo("ty", value.ty)
        else:
            return value
        type_of(made)
        return made
