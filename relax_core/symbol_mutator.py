"""A mutator that also replaces symbolic variables: in types, shapes, stated types and scalars."""

from __future__ import annotations

from collections.abc import Mapping

from relax_core.ir.expr import Binding, Call, Expr, Function, MatchCast, PrimValue, ShapeExpr, Tuple, Var
from relax_core.ir.types import Type
from relax_core.retype import RetypingMutator, with_body
from relax_core.types import relations
from tensor_core import shapes
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import Dim
from tensor_core.tir import rewrite
from tensor_core.trampoline import Steps

__all__ = ["SymbolMutator", "copied", "with_new_variables"]


class SymbolMutator(RetypingMutator):
    """``dims`` maps symbolic variables to what stands for them."""

    def __init__(self, release: str = "0.27") -> None:
        super().__init__(release)
        self.dims: dict[SymbolicVar, Dim] = {}
        self.replaces_scalars = True
        """Whether scalar values are changed, too."""

    def dim(self, dim: Dim) -> Dim:
        """A dimension with symbolic variables replaced, simplified where it changed."""
        if isinstance(dim, int):
            return dim
        values = {var: self.dims[var] for var in shapes.free_vars(dim) if var in self.dims}
        return shapes.substitute(dim, values) if values else dim

    def type(self, type_: Type) -> Type:
        """A type with symbolic variables replaced."""
        return relations.map_dims(type_, self.dim) if self.dims else type_

    def leaf(self, expr: Expr) -> Expr:
        """A flat expression with variables of both kinds replaced."""
        expr = super().leaf(expr)
        if not self.dims:
            return expr
        new = self._values(expr)
        return self._stated_anew(expr) if new is expr else self.typed_anew(new)

    def _stated_anew(self, expr: Expr) -> Expr:
        """A call of what did not change has the type that it had, with symbolic variables replaced."""
        if not isinstance(expr, Call) or expr.ty is None:
            return expr
        type_ = self.type(expr.ty)
        if type_ is expr.ty:
            return expr
        new = expr.replace()
        new.memo("ty", type_)
        return new

    def _values(self, expr: Expr) -> Expr:
        if isinstance(expr, ShapeExpr):
            values = tuple(map(self.dim, expr.values))
            same_values = all(a is b for a, b in zip(values, expr.values, strict=True))
            return expr if same_values else self.typed_anew(ShapeExpr(values, expr.span))
        if isinstance(expr, PrimValue) and self.replaces_scalars:
            value = self.dim(expr.value)
            return expr if value is expr.value else self.typed_anew(PrimValue(_scalar(value, expr), expr.span))
        if isinstance(expr, Tuple):
            fields = tuple(map(self._values, expr.fields))
            if all(a is b for a, b in zip(fields, expr.fields, strict=True)):
                return expr
            return self.typed_anew(Tuple(fields, expr.span))
        if isinstance(expr, Call):
            args, types = tuple(map(self._values, expr.args)), tuple(map(self.type, expr.ty_args))
            if all(a is b for a, b in zip((*args, *types), (*expr.args, *expr.ty_args), strict=True)):
                return expr
            return expr.replace(args=args, ty_args=types)
        return expr

    def definition(self, var: Var) -> Var:
        """The variable with symbolic variables in its type replaced."""
        type_ = None if var.ty is None else self.type(var.ty)
        return var if type_ is var.ty else type(var)(var.name, type_, var.span)

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """The binding with its value, and the type that it casts to, rewritten."""
        if isinstance(binding, MatchCast):
            return (self.cast(binding, self.leaf(binding.value), self.type(binding.ty)),)
        return (yield super().rewrite(binding))

    def function(self, function: Function) -> Steps[Function]:
        """Rewrite a function, its parameters included."""
        params = tuple(map(self.parameter, function.params))
        ret_ty = None if function.ret_ty is None else self.type(function.ret_ty)
        body = yield self.body(function)
        same_params = all(a is b for a, b in zip(params, function.params, strict=True))
        if body is function.body and ret_ty is function.ret_ty and same_params:
            return function
        return with_body(function.replace(params=params, ret_ty=ret_ty), body)

    def parameter(self, param: Var) -> Var:
        """The parameter that takes the place of one."""
        new = self.definition(param)
        if new is not param:
            self.define(param, new)
        return new


def _scalar(value: Dim, like: PrimValue) -> shapes.PrimExpr:
    return shapes.as_expr(int(value) if isinstance(value, int) else value, like.value.dtype)


def with_new_variables(function: Function) -> Function:
    """A copy of the function, in normal form, that shares no variable of either kind with it (CopyWithNewVars)."""
    return _Copier().run(function)


def copied(function: Function) -> tuple[Function, Mapping[Var, Expr]]:
    """As :func:`with_new_variables`, with the new variable of each variable."""
    copier = _Copier()
    return copier.run(function), copier.replaced


class _Copier(SymbolMutator):
    def dim(self, dim: Dim) -> Dim:
        """A dimension over other variables, otherwise as it was written."""
        if isinstance(dim, int):
            return dim
        values = {var: shapes.as_expr(self.dims[var]) for var in shapes.free_vars(dim) if var in self.dims}
        return rewrite.substitute(dim, values) if values else dim

    def definition(self, var: Var) -> Var:
        """Another variable; symbolic variables that appear in its type for the first time are renewed."""
        type_ = None if var.ty is None else self._renewed(var.ty)
        return type(var)(var.name, type_, var.span)

    def _renewed(self, type_: Type) -> Type:
        for symbol in relations.symbols(type_):
            if symbol not in self.dims:
                self.dims[symbol] = symbol.replace()
        return self.type(type_)

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A match_cast defines symbolic variables of its own."""
        if isinstance(binding, MatchCast):
            self._renewed(binding.ty)
        return (yield super().rewrite(binding))
