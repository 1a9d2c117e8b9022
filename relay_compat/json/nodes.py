"""Objects of the IR as nodes of TVM's JSON: which text fields each has and which other objects it refers to."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np

from relay_compat.ir import adt, types
from relay_compat.ir.expr import Constant, Function, GlobalVar, Id, Op, RelayExpr, Var
from relay_compat.ir.values import BOX, Entry, EnvFunc, Pairs, Record, TypedInt
from relay_compat.json.layout import layouts, second_layout
from relay_compat.target import Target
from tensor_core import codes, prim
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.saved_arrays import write_array
from tensor_core.spans import Span
from tensor_core.tir.expr import IndexMap


class Parts(NamedTuple):
    """One node before numbering: its own text fields, and the objects it refers to in visiting order.

    ``items`` are the elements of a list or the values of a map with ``keys``; ``array`` is what a constant holds.
    """

    type_key: str
    raw: Mapping[str, str] = {}
    refs: Mapping[str, Any] = {}
    items: tuple[Any, ...] | None = None
    keys: tuple[str, ...] = ()
    text: str | None = None
    array: np.ndarray | None = None


class Shared(NamedTuple):
    """An object that TVM shares wherever it occurs, known by ``key``; others are shared by identity."""

    key: str
    parts: Parts


_UNCONSTRAINED = Shared("VirtualDevice", Parts(
    "VirtualDevice", {"device_type_int": "-1", "virtual_device_id": "-1"},
    {"target": None, "memory_scope": Shared("", Parts("runtime.String"))},
))  # fmt: skip


def parts_of(value: object) -> Parts:
    """The node of an object. DiagnosticError R2R0107 for one that the format has no form for."""
    return _maker(type(value))(value)


@cache
def _maker(kind: type) -> Callable[[Any], Parts]:
    return next((make for kinds, make in _MAKERS if issubclass(kind, kinds)), _other)


def _laid_out(type_key: str, values: Mapping[str, Any]) -> Parts:
    """A node with the fields of its kind, those that ``values`` lacks being null."""
    layout = second_layout(type_key, values) or layouts()[type_key]
    raw = {name: _raw(values[name]) for name, storage in layout if storage not in "on"}
    refs = {name: values.get(name) for name, storage in layout if storage == "o"}
    # A virtual device is never null: none means one that may be anywhere.
    unset = {name: _UNCONSTRAINED for name, value in refs.items() if value is None and name.endswith("virtual_device")}
    return Parts(type_key, raw, refs | unset)


def _raw(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def _relay(value: Any) -> Parts:
    """Expressions, patterns: their fields have the names that they have here."""
    key = f"relay.{type(value).__name__}"
    raw_names, names, has_span = _plan(key)
    raw = {name: _raw(getattr(value, name)) for name in raw_names}
    refs: dict[str, Any] = {name: getattr(value, name) for name in names}
    if isinstance(value, Var):
        refs["vid"] = value.identity or Shared(
            f"relay.Id {id(value)}", Parts("relay.Id", refs={"name_hint": value.name})
        )
    elif isinstance(value, Function):
        refs["attrs"] = Attrs("DictAttrs", {"__dict__": Attrs("Map", value.attrs or {})})
    if isinstance(value, RelayExpr):
        refs["virtual_device_"] = getattr(value, "virtual_device", None) or _UNCONSTRAINED
    if has_span:
        span: Span | None = getattr(value, "span", None)
        refs["span"] = span and span.declared
    if isinstance(value, RelayExpr):
        refs["_checked_type_"] = value.checked
    return Parts(key, raw, refs, array=value.data if isinstance(value, Constant) else None)


@cache
def _plan(key: str) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """The fields of a kind that it stores as text, those that refer to objects, and whether it has a span."""
    layout = layouts()[key]
    common = ("virtual_device_", "span", "_checked_type_")
    raw = tuple(name for name, storage in layout if storage not in "on")
    refs = tuple(name for name, storage in layout if storage == "o" and name not in common)
    return raw, refs, ("span", "o") in layout


def _other(value: Any) -> Parts:
    match value:
        case types.TensorType():
            return _laid_out("relay.TensorType", {"shape": value.shape, "dtype": value.dtype})
        case types.TupleType():
            return _laid_out("TupleType", {"fields": value.fields})
        case types.FuncType():
            named = {"arg_types": value.arg_types, "ret_type": value.ret_type, "type_params": value.type_params}
            return _laid_out("FuncType", named | {"type_constraints": ()})
        case types.TypeCall():
            return _laid_out("TypeCall", {"func": value.func, "args": value.args})
        case types.IncompleteType():
            return _laid_out("IncompleteType", {"kind": value.kind})
        case types.TypeVar():
            return _laid_out("TypeVar", {"name_hint": value.name, "kind": value.kind})
        case types.GlobalTypeVar():
            return _laid_out("GlobalTypeVar", {"name_hint": value.name, "kind": value.kind})
        case GlobalVar():
            return _laid_out("GlobalVar", {"name_hint": value.name})
        case Id():
            return _laid_out("relay.Id", {"name_hint": value.name})
        case Op() | EnvFunc():
            return Parts(type(value).__name__, text=value.name)
        case adt.Constructor():
            named = {"name_hint": value.name, "inputs": value.inputs, "belong_to": value.belong_to}
            return _laid_out("relay.Constructor", named | {"tag": value.tag})
        case types.TypeData():
            named = {"header": value.header, "type_vars": value.type_vars, "constructors": value.constructors}
            return _laid_out("relay.TypeData", named)
        case IRModule():
            return _module(value)
        case np.ndarray():
            return Parts("runtime.NDArray", text=base64.b64encode(write_array(cast("np.ndarray", value))).decode())
        case _:
            raise _unwritable(value)


def _unwritable(value: Any) -> DiagnosticError:
    return fail(codes.BAD_METADATA, f"a {type(value).__name__} has no form in TVM's JSON")


def _module(value: IRModule) -> Parts:
    functions, definitions = value.functions, value.type_definitions
    return _laid_out("IRModule", {
        "functions": Pairs(tuple(functions.items())),
        "type_definitions": Pairs(tuple(definitions.items())),
        "global_var_map_": Attrs("Map", {var.name: var for var in functions}),
        "global_type_var_map_": Attrs("Map", {var.name: var for var in definitions}),
        "source_map": Record("SourceMap", (Entry("source_map", Attrs("Map", {}), raw=False),)),
        "attrs": Attrs("DictAttrs", {"__dict__": Attrs("Map", value.attrs)}),
        "global_infos": Attrs("Map", value.global_infos),
    })  # fmt: skip


def _dictionary(value: dict[Any, Any]) -> Parts:
    if all(isinstance(key, str) for key in value):
        return Parts("Map", items=tuple(value.values()), keys=tuple(value))
    return parts_of(Pairs(tuple(value.items())))


def _attrs(value: Attrs) -> Parts:
    if value.type_key == "Map":
        return Parts("Map", items=tuple(value.values()), keys=tuple(value))
    layout = second_layout(value.type_key, value) or layouts().get(value.type_key)
    if layout is None or any(name not in value for name, _ in layout):
        raise fail(codes.BAD_METADATA, f"attributes of kind {value.type_key!r} have no form in TVM's JSON")
    if value.type_key in _BOXED:
        boxed = _BOXED[value.type_key]
        return _laid_out(value.type_key, {**value, boxed: _box(value[boxed])})
    return _laid_out(value.type_key, value)


_BOXED = {"relay.attrs.SplitAttrs": "indices_or_sections"}
"""The attribute structs that hold integers as boxes, and the field that does."""


def _box(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_box, cast("tuple[Any, ...]", value)))
    return TypedInt(value, BOX) if isinstance(value, int) else value


def _record(value: Record) -> Parts:
    raw = {entry.name: _raw(entry.value) for entry in value.entries if entry.raw}
    refs = {entry.name: entry.value for entry in value.entries if not entry.raw}
    return Parts(value.type_key, raw, refs, text=value.text)


def _target(value: Target) -> Parts:
    attrs = {name: _box(option) for name, option in value.attrs.items()}
    refs = {"kind": Record("TargetKind", text=value.kind.name), "tag": value.tag, "keys": value.keys}
    return Parts("Target", refs={**refs, "attrs": attrs, "features": {}, "host": value.host})


def _span(value: Span) -> Parts:
    name = Shared(f"SourceName {value.source}", Parts("SourceName", text=value.source)) if value.source else None
    places = {key: getattr(value, key) for key in ("line", "column", "end_line", "end_column")}
    return _laid_out("Span", places | {"source_name": name})


def _scalar(value: bool | int | float | str) -> Parts:
    if isinstance(value, str):
        return Parts("runtime.String", text=value)
    if isinstance(value, bool):
        return _laid_out("IntImm", {"dtype": "bool", "value": value})
    integer = isinstance(value, int)
    kind: str = getattr(value, "kind", "int32" if integer else "float32")
    if kind == BOX:
        return Parts("runtime.BoxInt" if integer else "runtime.BoxFloat", text=_raw(value))
    return _laid_out("IntImm" if integer else "FloatImm", {"dtype": kind, "value": value})


def _prim(value: prim.PrimExpr) -> Parts:
    dtype = {"dtype": value.dtype}
    match value:
        case prim.Var():
            kind = Shared(f"PrimType {id(value)}", Parts("PrimType", dtype))
            return _laid_out(f"tir.{type(value).__name__}", dtype | {"name": value.name, "type_annotation": kind})
        case prim.AnyDim():
            return _laid_out("tir.Any", dtype)
        case prim.IntImm() | prim.FloatImm():
            return _laid_out(type(value).__name__, dtype | {"value": value.value})
        case prim.Cast():
            return _laid_out("tir.Cast", dtype | {"value": value.value})
        case prim.Select():
            named = {"condition": value.condition, "true_value": value.a, "false_value": value.b}
            return _laid_out("tir.Select", dtype | named)
        case prim.Not() | prim.Binary():
            name = "Mod" if isinstance(value, prim.TruncMod) else type(value).__name__
            return _laid_out(f"tir.{name}", dtype | {"a": value.a, "b": getattr(value, "b", None)})
        case _:
            raise _unwritable(value)


def _index_map(value: IndexMap) -> Parts:
    parts = {name: getattr(value, name) for name in ("initial_indices", "final_indices", "inverse_index_map")}
    return _laid_out("tir.IndexMap", parts)


def kind_of(value: Node) -> str:
    """The type key under which an object stands in the metadata section."""
    return parts_of(value).type_key


def _pairs(value: Pairs) -> Parts:
    return Parts("Map", items=tuple(part for pair in value.entries for part in pair))


def _array(value: Sequence[Any]) -> Parts:
    return Parts("Array", items=tuple(value))


_MAKERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Parts]], ...] = (
    ((RelayExpr, adt.Pattern, adt.Clause, types.RefType), _relay),
    ((bool, int, float, str), _scalar),
    (Pairs, _pairs),
    ((tuple, list), _array),
    (Attrs, _attrs),
    (dict, _dictionary),
    (Record, _record),
    (Target, _target),
    (Span, _span),
    (prim.PrimExpr, _prim),
    (IndexMap, _index_map),
)
