"""Functors over types that programs subclass (tvm.relay.type_functor in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.types import (
    FuncType,
    GlobalTypeVar,
    IncompleteType,
    RefType,
    TensorType,
    TupleType,
    TypeCall,
    TypeData,
    TypeRelation,
    TypeVar,
)  # fmt: skip
from relay_compat.visit_methods import each, not_there

__all__ = ["TypeFunctor", "TypeMutator", "TypeVisitor"]

_METHODS: tuple[tuple[type, str], ...] = (
    (TypeVar, "visit_type_var"),
    (IncompleteType, "visit_incomplete_type"),
    (TensorType, "visit_tensor_type"),
    (FuncType, "visit_func_type"),
    (TupleType, "visit_tuple_type"),
    (TypeRelation, "visit_type_relation"),
    (RefType, "visit_ref_type"),
    (GlobalTypeVar, "visit_global_type_var"),
    (TypeCall, "visit_type_call"),
    (TypeData, "visit_type_data"),
)


class TypeFunctor:
    """A function over types with one method per kind; NotImplementedError where a subclass has none."""

    def visit(self, typ: Any) -> Any:
        """The result for a type. An Exception for what is no type."""
        method = next((name for kind, name in _METHODS if isinstance(typ, kind)), None)
        if method is None:
            raise Exception(f"unhandled case: {type(typ)}")
        return getattr(self, method)(typ)

    visit_type_var = not_there("visit_type_var")
    visit_incomplete_type = not_there("visit_incomplete_type")
    visit_tensor_type = not_there("visit_tensor_type")
    visit_func_type = not_there("visit_func_type")
    visit_tuple_type = not_there("visit_tuple_type")
    visit_type_relation = not_there("visit_type_relation")
    visit_ref_type = not_there("visit_ref_type")
    visit_global_type_var = not_there("visit_global_type_var")
    visit_type_call = not_there("visit_type_call")
    visit_type_data = not_there("visit_type_data")


class TypeVisitor(TypeFunctor):
    """Visits every type in a type."""

    visit_type_var = each()
    visit_incomplete_type = each()
    visit_tensor_type = each()
    visit_func_type = each("arg_types", "ret_type", "type_params", "type_constraints")
    visit_tuple_type = each("fields")
    visit_type_relation = each("args")
    visit_ref_type = each("value")
    visit_global_type_var = each()
    visit_type_call = each("func", "args")
    visit_type_data = each("header", "type_vars")


class TypeMutator(TypeFunctor):
    """Rebuilds a type; every part, variables included, is a new object unless a subclass keeps it."""

    def visit_type_var(self, tv: TypeVar) -> Any:
        """A new variable."""
        return TypeVar(tv.name, tv.kind)

    def visit_incomplete_type(self, it: IncompleteType) -> Any:
        """A new open type."""
        return IncompleteType(it.kind)

    def visit_tensor_type(self, tt: TensorType) -> Any:
        """The same shape and element type."""
        return TensorType(tt.shape, tt.dtype)

    def visit_func_type(self, ft: FuncType) -> Any:
        """The function type over its new parts."""
        args = [self.visit(item) for item in ft.arg_types]
        result = self.visit(ft.ret_type)
        params = [self.visit(item) for item in ft.type_params]
        return FuncType(tuple(args), result, tuple(params), tuple([self.visit(item) for item in ft.type_constraints]))

    def visit_tuple_type(self, tt: TupleType) -> Any:
        """The tuple type over its new fields."""
        return TupleType(tuple([self.visit(item) for item in tt.fields]))

    def visit_type_relation(self, tr: TypeRelation) -> Any:
        """The relation over its new arguments."""
        return TypeRelation(tr.func, tuple([self.visit(item) for item in tr.args]), tr.num_inputs, tr.attrs)

    def visit_ref_type(self, rt: RefType) -> Any:
        """The reference type over its new value type."""
        return RefType(self.visit(rt.value))

    def visit_global_type_var(self, gtv: GlobalTypeVar) -> Any:
        """A new name."""
        return GlobalTypeVar(gtv.name, gtv.kind)

    def visit_type_call(self, tc: TypeCall) -> Any:
        """The applied type over its new parts."""
        return TypeCall(self.visit(tc.func), tuple([self.visit(item) for item in tc.args]))

    def visit_type_data(self, td: TypeData) -> Any:
        """The definition with a new name and new parameters; its constructors stay."""
        return TypeData(self.visit(td.header), tuple([self.visit(item) for item in td.type_vars]), td.constructors)
