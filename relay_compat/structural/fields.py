"""What of each kind of object counts for structural equality and hashes, in the order in which TVM 0.19 looks at it
(the SEqualReduce methods of its nodes). Spans and inferred types do not count.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np

from relay_compat.ir import adt, expr, types
from relay_compat.ir.values import BOX, Pairs, Record, TypedFloat, TypedInt
from relay_compat.virtual_device import VirtualDevice
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.module import GlobalVar, IRModule
from tensor_core.node import Node
from tensor_core.spans import Span


class Part(NamedTuple):
    """An object that an object holds. ``defines``: variables that are met in it first are bound here."""

    label: str
    value: Any
    defines: bool = False


class Reduced(NamedTuple):
    """An object as it is compared. ``plain`` values are compared as they are, ``parts`` in turn.

    ``graph``: the object is a node of a graph, so that its two occurrences must be one object on both sides.
    ``free``: beside that, only its identity or a binding makes it equal to another.
    """

    kind: str
    plain: tuple[tuple[str, Any], ...] = ()
    parts: tuple[Part, ...] = ()
    graph: bool = False
    free: bool = False


class Identity:
    """What stands for the ``vid`` of a variable that has none: one object for each variable."""

    __slots__ = ("var",)

    def __init__(self, var: expr.Var) -> None:
        self.var = var

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.var is other.var

    def __hash__(self) -> int:
        return id(self.var)


def reduced(value: Any) -> Reduced:
    """How an object that is no container is compared."""
    return _maker(cast("type[Any]", type(value)))(value)


@cache
def _maker(kind: type[Any]) -> Callable[[Any], Reduced]:
    for base in kind.__mro__:
        if base in _MAKERS:
            return _MAKERS[base]
    return _record_of_fields if issubclass(kind, Node) or dataclasses.is_dataclass(kind) else _value


def _value(value: Any) -> Reduced:
    return Reduced(type(value).__name__, (("value", value),))


@cache
def _fields(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a class that a constructor takes, apart from spans."""
    return tuple(field.name for field in dataclasses.fields(kind) if field.init and field.name != "span")


def _record_of_fields(value: Any) -> Reduced:
    kind = cast("type[Any]", type(value))
    parts = tuple(Part(name, getattr(value, name)) for name in _fields(kind))
    return Reduced(kind.__name__, (), parts, graph=isinstance(value, expr.RelayExpr))


def _var(value: expr.Var) -> Reduced:
    vid = value.identity or Identity(value)
    parts = (
        Part("type_annotation", value.type_annotation),
        Part("vid", vid),
        Part("virtual_device_", value.virtual_device),
    )
    return Reduced("relay.Var", (), parts, graph=True)


def _id(value: expr.Id | Identity) -> Reduced:
    del value
    return Reduced("relay.Id", free=True)


def _call(value: expr.Call) -> Reduced:
    parts = (Part("op", value.op), Part("args", value.args), Part("attrs", value.attrs))
    if not isinstance(value.op, expr.Op):
        parts = (*parts, Part("type_args", value.type_args))
    return Reduced("relay.Call", (), parts, graph=True)


def _function(value: expr.Function) -> Reduced:
    parts = (
        Part("params", value.params, True),
        Part("type_params", value.type_params, True),
        Part("ret_type", value.ret_type),
        Part("attrs", value.attrs),
        Part("body", value.body),
    )
    return Reduced("relay.Function", (), parts, graph=True)


def _let(value: expr.Let) -> Reduced:
    parts = (Part("var", value.var, True), Part("value", value.value), Part("body", value.body))
    return Reduced("relay.Let", (), parts, graph=True)


def _tuple(value: expr.Tuple) -> Reduced:
    return Reduced("relay.Tuple", (), (Part("fields", value.fields),), graph=bool(value.fields))


def _item(value: expr.TupleGetItem) -> Reduced:
    return Reduced("relay.TupleGetItem", (("index", int(value.index)),), (Part("tuple_value", value.tuple_value),))


def _match(value: adt.Match) -> Reduced:
    parts = (Part("data", value.data), Part("clauses", value.clauses))
    return Reduced("relay.Match", (("complete", bool(value.complete)),), parts, graph=True)


def _pattern_var(value: adt.PatternVar) -> Reduced:
    return Reduced("relay.PatternVar", (), (Part("var", value.var, True),))


def _constructor(value: adt.Constructor) -> Reduced:
    return Reduced("relay.Constructor", (("name_hint", value.name),), (Part("inputs", value.inputs),))


def _global_var(value: GlobalVar) -> Reduced:
    return Reduced("GlobalVar", (("name_hint", value.name),), free=True)


def _type_var(value: types.TypeVar | types.IncompleteType) -> Reduced:
    return Reduced(type(value).__name__, (("kind", int(value.kind)),), free=True)


def _global_type_var(value: types.GlobalTypeVar) -> Reduced:
    return Reduced("GlobalTypeVar", (("name_hint", value.name),), free=True)


def _tensor_type(value: types.TensorType) -> Reduced:
    return Reduced("relay.TensorType", (("dtype", value.dtype),), (Part("shape", value.shape),))


def _func_type(value: types.FuncType) -> Reduced:
    parts = (
        Part("type_params", value.type_params, True),
        Part("arg_types", value.arg_types),
        Part("ret_type", value.ret_type),
        Part("type_constraints", value.type_constraints),
    )
    return Reduced("FuncType", (), parts)


def _type_data(value: types.TypeData) -> Reduced:
    parts = (
        Part("header", value.header, True),
        Part("type_vars", value.type_vars, True),
        Part("constructors", value.constructors),
    )
    return Reduced("relay.TypeData", (), parts)


def _module(value: IRModule) -> Reduced:
    names = [Part("global_var_map_", var, True) for var in sorted(value.functions, key=lambda var: var.name)]
    types_ = [Part("global_type_var_map_", var, True) for var in sorted(value.type_definitions, key=lambda v: v.name)]
    counted = (("names", tuple(part.value.name for part in (*names, *types_))),)
    parts = (
        Part("attrs", value.attrs),
        Part("global_infos", value.global_infos),
        *names,
        *types_,
        Part("functions", Pairs(tuple(value.functions.items()))),
        Part("type_definitions", Pairs(tuple(value.type_definitions.items()))),
    )
    return Reduced("IRModule", counted, parts)


def _record(value: Record) -> Reduced:
    parts = tuple(Part(entry.name, entry.value) for entry in value.entries)
    return Reduced(value.type_key, (("text", value.text),), parts)


def _span(value: Span) -> Reduced:
    names = ("source", "line", "column", "end_line", "end_column")
    return Reduced("Span", tuple((name, getattr(value, name)) for name in names))


def _int(value: int) -> Reduced:
    kind = "bool" if isinstance(value, bool) else value.kind if isinstance(value, TypedInt) else "int32"
    return Reduced("runtime.BoxInt" if kind == BOX else "IntImm", (("dtype", kind), ("value", int(value))))


def _float(value: float) -> Reduced:
    kind = value.kind if isinstance(value, TypedFloat) else "float32"
    return Reduced("runtime.BoxFloat" if kind == BOX else "FloatImm", (("dtype", kind), ("value", float(value))))


def _prim(value: prim.PrimExpr) -> Reduced:
    parts = tuple(Part("", child) for child in value.iter_children())
    names = tuple(name for name in ("name", "value") if name not in value.children and hasattr(value, name))
    plain = (("dtype", value.dtype), *((name, getattr(value, name)) for name in names))
    return Reduced(f"tir.{type(value).__name__}", plain, parts)


def _prim_var(value: prim.Var) -> Reduced:
    return Reduced(f"tir.{type(value).__name__}", (("dtype", value.dtype),), free=True)


def _int_imm(value: prim.IntImm) -> Reduced:
    return Reduced("IntImm", (("dtype", value.dtype), ("value", value.value)))


def _array(value: np.ndarray) -> Reduced:
    bits = np.ascontiguousarray(value).tobytes()
    return Reduced("runtime.NDArray", (("dtype", value.dtype.name), ("shape", value.shape), ("data", bits)))


_MAKERS: dict[type, Callable[[Any], Reduced]] = {
    expr.Var: _var,
    expr.Id: _id,
    Identity: _id,
    expr.Call: _call,
    expr.Function: _function,
    expr.Let: _let,
    expr.Tuple: _tuple,
    expr.TupleGetItem: _item,
    expr.Constant: lambda value: Reduced("relay.Constant", (), (Part("data", value.data),)),
    expr.Op: lambda value: Reduced("Op", (("name", value.name),)),
    adt.Match: _match,
    adt.PatternVar: _pattern_var,
    adt.Constructor: _constructor,
    GlobalVar: _global_var,
    types.TypeVar: _type_var,
    types.IncompleteType: _type_var,
    types.GlobalTypeVar: _global_type_var,
    types.TensorType: _tensor_type,
    types.FuncType: _func_type,
    types.TypeData: _type_data,
    IRModule: _module,
    Record: _record,
    VirtualDevice: _record,
    Span: _span,
    int: _int,
    float: _float,
    prim.PrimExpr: _prim,
    prim.Var: _prim_var,
    prim.IntImm: _int_imm,
    np.ndarray: _array,
}


def entries(value: Any) -> tuple[str, Mapping[str, Any]] | None:
    """The kind and the entries of an object that maps names: attributes, maps; None for others."""
    if isinstance(value, Attrs):
        return value.type_key, value
    if isinstance(value, dict):
        named = cast("dict[Any, Any]", value)
        return ("Map", named) if all(isinstance(key, str) for key in named) else None
    return None


def pairs(value: Any) -> tuple[tuple[Any, Any], ...] | None:
    """The entries of an object that maps other objects than names; None for others."""
    if isinstance(value, Pairs):
        return value.entries
    return tuple(cast("dict[Any, Any]", value).items()) if isinstance(value, dict) else None
