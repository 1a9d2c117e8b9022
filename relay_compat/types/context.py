"""What the steps of one function's inference share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relay_compat.ir.expr import Call, Expr, Function
from relay_compat.ir.types import FuncType, IncompleteType, TensorType, Type, TypeVar
from relay_compat.ir.values import TypedInt
from relay_compat.types import errors
from relay_compat.types.solve import Mismatch, Solver
from relay_compat.types.substitute import fresh_copy, has_incomplete, substitute
from tensor_core.module import GlobalVar, IRModule

Pending = Sequence[Expr] | None
"""What must be typed before an expression, the first last; None when it is done."""


def annotated_type(func: Function) -> FuncType:
    """The type of a function as far as it is written; the rest is open."""
    params = tuple(param.type_annotation or IncompleteType() for param in func.params)
    return FuncType(params, func.ret_type or IncompleteType(), func.type_params)


class Context:
    """Types found so far. ``incomplete_source`` is set once an annotation or type argument was missing."""

    def __init__(
        self, module: IRModule | None, annotated: Mapping[GlobalVar, Type], closed: bool, tracked: bool
    ) -> None:
        self.module = module
        self.annotated = annotated
        self.closed = closed
        self.solver = Solver(tracked)
        self.types: dict[Expr, Type] = {}
        self.type_args: dict[Call, tuple[Type, ...]] = {}
        self.ret_types: dict[Function, Type] = {}
        self.incomplete_source = False
        self._shared: dict[tuple[Type, bool], Type] = {}

    def declared(self, annotation: Type | None) -> Type:
        """The type that an annotation says, with fresh types for what it leaves open."""
        if annotation is None:
            self.incomplete_source = True
            return self.solver.fresh()
        if self.solver.tracked:
            return fresh_copy(annotation)
        if type(annotation) is not TensorType and has_incomplete(annotation):
            self.incomplete_source = self.solver.any_incomplete = True
        return self.interned(annotation)

    def instantiated(self, function: FuncType) -> FuncType:
        """The type with unknown types for its type parameters."""
        self.incomplete_source = True
        values: dict[TypeVar, Type] = {param: self.solver.fresh() for param in function.type_params}
        result = substitute(FuncType(function.arg_types, function.ret_type), values)
        assert isinstance(result, FuncType)
        return result

    def interned(self, type_: Type) -> Type:
        """One object for all equal types."""
        # Types compare by the values of their dimensions; which integers these are must not get lost.
        wide = isinstance(type_, TensorType) and any(isinstance(dim, TypedInt) for dim in type_.shape)
        return self._shared.setdefault((type_, wide), type_)

    def missing(self, nodes: Sequence[Expr]) -> list[Expr]:
        """Those without a type yet, the last first: the order of a stack."""
        types = self.types
        return [node for node in reversed(nodes) if node not in types]

    def unify(self, what: str, left: Type, left_at: Expr, right: Type, right_at: Expr, at: Expr) -> Type:
        """The type that two have in common; R2R0202 at ``at``, with both places, where there is none."""
        try:
            return self.solver.unify(left, right)
        except Mismatch as why:
            resolve = self.solver.resolve
            raise errors.mismatch(what, (resolve(left), left_at), (resolve(right), right_at), why, at) from None

    def unify_argument(self, node: Call, place: int, expected: Type, found: Type) -> None:
        """See that an argument's type fits its parameter's; R2R0202 where it does not."""
        try:
            self.solver.unify(expected, found, assign_right=False)
        except Mismatch as why:
            resolve = self.solver.resolve
            raise errors.bad_argument(node, place, resolve(expected), resolve(found), why) from None
