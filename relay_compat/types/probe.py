"""The type solver on its own: types unify and relations hold without a program around them.

TVM shows its solver in this form to its tests (relay.analysis._ffi_api._test_type_solver).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from relay_compat.ir.types import TensorType, Type, TypeRelation
from relay_compat.types.solve import Mismatch, Solver
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ops import rules
from tensor_core.ops.card import Reject

_PREFIX = "tvm.relay.type_relation."


class TypeSolver:
    """Unifies types and solves relations; called with the name of one of its methods it gives that method."""

    def __init__(self) -> None:
        self._solver = Solver(tracked=True)
        self._open: list[TypeRelation] = []

    def __call__(self, name: str) -> Callable[..., Any]:
        return getattr(self, name)

    def Unify(self, left: Type, right: Type) -> Type:
        """Make two types one and return it. DiagnosticError R2R0202 when they differ."""
        try:
            return self._solver.resolve(self._solver.unify(left, right))
        except Mismatch as why:
            raise fail(codes.TYPE_MISMATCH, f"{left} does not match {right}: {why}") from None

    def Resolve(self, type_: Type) -> Type:
        """What a type is known to be."""
        return self._solver.resolve(type_)

    def AddConstraint(self, relation: TypeRelation) -> None:
        """Ask for a relation to hold."""
        self._open.append(relation)

    def Solve(self) -> bool:
        """Make the relations hold as far as their inputs are known; whether all do."""
        progress = True
        while self._open and progress:
            waiting = [relation for relation in self._open if not self._settled(relation)]
            progress = len(waiting) < len(self._open)
            self._open = waiting
        return not self._open

    def _settled(self, relation: TypeRelation) -> bool:
        name = str(getattr(relation.func, "name", relation.func)).removeprefix(_PREFIX)
        args = [self.Resolve(arg) for arg in relation.args]
        if name == "Identity":
            for arg in args[1:]:
                self.Unify(arg, args[0])
            return True
        if name not in ("Broadcast", "BroadcastComp"):
            raise fail(codes.UNDEFINED_NAME, f"the type relation {name} is not known")
        if not all(isinstance(arg, TensorType) for arg in args[:2]):
            return False
        rule = rules.broadcast if name == "Broadcast" else rules.compare
        try:
            self.Unify(args[2], rule(None, *cast("list[TensorType]", args[:2])))
        except Reject as reject:
            raise fail(codes.TYPE_MISMATCH, reject.message) from None
        return True
