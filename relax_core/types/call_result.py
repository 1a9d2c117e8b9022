"""The type of a call of a function from the function's type (DeriveCallRetStructInfo, DeriveCallRetType)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relax_core.ir.expr import Call, DataflowVar, Var
from relax_core.ir.types import FuncType, ShapeExpr, Type
from relax_core.types.erase import erase_by
from relax_core.types.lattice import BaseChecker, BaseCheckResult
from relax_core.types.leaves import type_of
from tensor_core import codes, prim, shapes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, fail
from tensor_core.module import Expr
from tensor_core.shapes import Dim


class BadCall(DiagnosticError, ValueError):
    """A call that does not fit the type of its callee."""


def call_result(function: FuncType, call: Call, context: Any = None) -> Type:
    """The result type of a call of a function of this type.

    Symbolic variables of the parameters take the values that the arguments give them; what they leave open is forgotten
    in the result. BadCall R2R0201 for a wrong number of arguments, R2R0202 for one that is not known to fit; R2R0203
    for one without a type.
    """
    if function.params is None:
        return function.ret if function.derive is None else function.derive(call, context)
    name = getattr(call.op, "name", "the function")
    if len(function.params) != len(call.args):
        message = f"{name} takes {len(function.params)} arguments, got {len(call.args)}"
        raise BadCall(Diagnostic(codes.ARITY, message, call.span))
    binder = _Binder()
    for place, (param, arg) in enumerate(zip(function.params, call.args, strict=True)):
        given = type_of(arg)
        if given is None:
            shown = getattr(arg, "name", type(arg).__name__)
            raise fail(codes.UNRESOLVED_TYPE, f"argument {shown} of the call has no type", call.span, "annotate it")
        if binder.check(param, given) <= BaseCheckResult.FAIL_L1:
            message = f"argument {place} has type {given}, expected {param}"
            raise BadCall(Diagnostic(codes.TYPE_MISMATCH, message, call.span))
    return erase_by(function.ret, binder.values.get)


class _Binder(BaseChecker):
    """Checks arguments against parameters, and notes what variables of the parameters stand for."""

    def __init__(self) -> None:
        self.values: dict[Any, Any] = {}
        self._binds = True

    def dim(self, base: Dim, other: Dim) -> BaseCheckResult:
        """A variable takes its first value; later ones must be equal to it."""
        if not self._binds or not isinstance(base, prim.Var):
            return super().dim(base, other)
        if base not in self.values:
            self.values[base] = other
            return BaseCheckResult.PASS
        known = self.values[base]
        if shapes.prove_equal(known, other):
            return BaseCheckResult.PASS
        # TVM lets two different numbers for one variable pass; the call can never run.
        return BaseCheckResult.FAIL_L0 if shapes.prove_different(known, other) else BaseCheckResult.FAIL_L2

    def shape(self, base: Expr, other: Expr) -> BaseCheckResult:
        """A variable that holds a shape takes its first one."""
        if not self._binds or not isinstance(base, Var) or isinstance(base, DataflowVar):
            both = isinstance(base, ShapeExpr) and isinstance(other, ShapeExpr)
            return super().shape(base, other) if both or not self._binds else BaseCheckResult.FAIL_L2
        if base not in self.values:
            self.values[base] = other
            return BaseCheckResult.PASS
        known: Any = self.values[base]
        same = known is other or (
            isinstance(known, ShapeExpr) and isinstance(other, ShapeExpr) and BaseChecker().shape(known, other) == 3
        )
        return BaseCheckResult.PASS if same else BaseCheckResult.FAIL_L2

    def params(self, bases: Sequence[Type], others: Sequence[Type]) -> BaseCheckResult:
        """Variables of functions that are passed are their own."""
        before, self._binds = self._binds, False
        found = super().params(bases, others)
        self._binds = before
        return found
