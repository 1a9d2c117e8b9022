"""The kind of a type, and whether its parts are of the kinds they must be (relay.analysis.check_kind in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterable

from relay_compat.ir.types import (
    FuncType,
    GlobalTypeVar,
    IncompleteType,
    RefType,
    TensorType,
    TupleType,
    Type,
    TypeCall,
    TypeData,
    TypeKind,
    TypeRelation,
    TypeVar,
)
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule

__all__ = ["check_kind"]


def check_kind(t: Type, mod: IRModule | None = None) -> TypeKind:
    """The kind of a type. ``mod`` defines the algebraic data types it mentions.

    DiagnosticError R2R0205 when a part has another kind than its place asks for, R2R0103 for an undefined type.
    """
    match t:
        case TypeVar() | GlobalTypeVar() | IncompleteType():
            return TypeKind(t.kind)
        case TensorType():
            return TypeKind.Type
        case TupleType():
            return _all_types(t, "tuple", t.fields, mod)
        case RefType():
            return _all_types(t, "reference", (t.value,), mod)
        case FuncType():
            for constraint in t.type_constraints:
                _expect(constraint, TypeKind.Constraint, t, "function type", mod)
            return _all_types(t, "function type", (*t.arg_types, t.ret_type), mod)
        case TypeRelation():
            _all_types(t, "type relation", t.args, mod)
            return TypeKind.Constraint
        case TypeCall():
            return _type_call(t, mod)
        case TypeData():
            return _type_data(t, mod)
        case _:
            raise _wrong(f"{type(t).__name__} is not a type of Relay")


def _type_call(t: TypeCall, mod: IRModule | None) -> TypeKind:
    if not isinstance(t.func, GlobalTypeVar):
        raise _wrong(f"only the name of an algebraic data type takes type arguments, and {t.func} is none")
    _expect(t.func, TypeKind.AdtHandle, t, "type call", mod)
    _all_types(t, "type call", t.args, mod)
    data = mod.type_definitions.get(t.func) if mod is not None else None
    if data is None:
        raise fail(codes.UNDEFINED_NAME, f"the type {t.func} is not defined")
    if len(data.type_vars) != len(t.args):
        raise _wrong(f"{t.func} takes {len(data.type_vars)} type arguments, and {len(t.args)} are given")
    return TypeKind.Type


def _type_data(t: TypeData, mod: IRModule | None) -> TypeKind:
    _expect(t.header, TypeKind.AdtHandle, t.header, "type definition", mod)
    _all_types(t.header, "type definition", t.type_vars, mod)
    for constructor in t.constructors:
        if constructor.belong_to is not t.header:
            raise _wrong(f"{constructor.name} belongs to {constructor.belong_to}, not to {t.header}")
        _all_types(t.header, "type definition", constructor.inputs, mod)
    return TypeKind.TypeData


def _all_types(outer: Type, what: str, parts: Iterable[Type], mod: IRModule | None) -> TypeKind:
    for part in parts:
        _expect(part, TypeKind.Type, outer, what, mod)
    return TypeKind.Type


def _expect(part: Type, kind: TypeKind, outer: Type, what: str, mod: IRModule | None) -> None:
    found = check_kind(part, mod)
    if found != kind:
        raise _wrong(f"{part} in the {what} {outer} is of kind {found.name}, expected {kind.name}")


def _wrong(message: str) -> DiagnosticError:
    return fail(codes.ILL_FORMED, message)
