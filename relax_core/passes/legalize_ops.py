"""LegalizeOps: calls of operators become calls of tensor programs (relax.transform of TVM 0.19 to 0.27).

The programs are the lowerings of the operators' cards, equal ones once. A call stays where its operator has none, where
a rank or a size of its operands or its result is not known, and where it has effects.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from relax_core.block_builder import BlockBuilder
from relax_core.expr_functor import PyExprMutator
from relax_core.ir.expr import Call, Expr, Function, IRModule, Op
from relax_core.ir.types import PrimType, TensorType, TupleType, Type
from relax_core.ops import call_params
from relax_core.passes.function_pass import relax_release
from relax_core.passes.legalize_runtime import RUNTIME
from relax_core.types.deduce import type_of
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.card import Reject
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo

Legalize = Callable[[BlockBuilder, Call], Expr]
"""What takes the place of a call; it may emit other bindings through the builder first."""

_LOG = logging.getLogger(__name__)


def LegalizeOps(
    customize_legalize_map: Mapping[str, Legalize] | None = None,
    skip_ops: Collection[str] | None = None,
    enable_warning: bool = False,
) -> Pass:
    """The pass. ``customize_legalize_map``: by operator name, what is made of its calls instead; ``skip_ops`` stay.
    With ``enable_warning`` operators that stay because they have no lowering are logged.
    """

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        mutator = _Legalizer(module, customize_legalize_map or {}, frozenset(skip_ops or ()), enable_warning)
        return mutator.legalized()

    return ModulePass(PassInfo(0, "LegalizeOps"), run)


class _Legalizer(PyExprMutator):
    def __init__(self, module: IRModule, own: Mapping[str, Legalize], skipped: Collection[str], warns: bool) -> None:
        super().__init__(module)
        self._module = module
        self._release = relax_release(module)
        self._own, self._skipped, self._warns = own, skipped, warns

    def legalized(self) -> IRModule:
        """The module with its Relax functions changed and the programs added."""
        for var, function in self._module.functions.items():
            if isinstance(function, Function):
                changed = self.visit_expr(function)
                if changed is not function:
                    self.builder_.update_func(var, changed)
        return self.builder_.get()

    def visit_call_(self, op: Call) -> Any:
        """The call of a program in the place of a call of an operator."""
        call = self.visit_expr_post_order(op)
        if not isinstance(call, Call) or not isinstance(call.op, Op) or call.op.name in self._skipped:
            return call
        own = self._own.get(call.op.name) or RUNTIME.get(call.op.name)
        if own is not None:
            return own(self.builder_, call)
        return self._lowered(call, call.op) or call

    def _lowered(self, call: Call, op: Op) -> Expr | None:
        card = op.card
        if card is None or not card.is_pure or not _is_known(type_of(call)):
            return None
        try:
            found = call_params(call, self._release)
            if found is None or not all(_is_operand(type_of(arg)) for arg in found[2]):
                return None
            return self.builder_.call_card(*found, result=type_of(call))
        except Reject as rejection:
            self._stays(op, rejection.message)
        except DiagnosticError as error:
            if any(item.code not in _NO_LOWERING for item in error.diagnostics):
                raise
            self._stays(op, error.diagnostics[0].message)
        return None

    def _stays(self, op: Op, reason: str) -> None:
        if self._warns:
            _LOG.warning("no lowering of %s: %s", op.name, reason)


_NO_LOWERING = (codes.NOT_LOWERED, codes.MALFORMED_KERNEL)


def _is_operand(type_: Type | None) -> bool:
    """Whether a kernel can take a value: tensors of known sizes, and numbers."""
    return isinstance(type_, PrimType) or _is_known(type_)


def _is_known(type_: Type | None) -> bool:
    """Whether a value is a tensor whose sizes are known one by one, or a tuple of such values."""
    if isinstance(type_, TupleType):
        return all(map(_is_known, type_.fields))
    return isinstance(type_, TensorType) and type_.dims is not None and bool(type_.dtype)
