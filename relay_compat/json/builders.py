"""How each kind of JSON node becomes an object of the IR."""

from __future__ import annotations

import base64
import binascii
from typing import Any, cast

import numpy as np

from relay_compat.attributes import AttributeProblem
from relay_compat.history.steps import NotUpgraded
from relay_compat.ir import adt, expr, types
from relay_compat.ir.expr import Call, Constant, Function, GlobalVar, Id, Op, Var
from relay_compat.ir.module import IRModule
from relay_compat.ir.tags import INDEX_MASK
from relay_compat.ir.types import GlobalTypeVar, TypeData, TypeVar
from relay_compat.ir.values import BOX, EnvFunc, Pairs, Record, TypedFloat, TypedInt
from relay_compat.json.decode import Builder, Fields
from relay_compat.json.map_order import MOST_KEYS, map_order
from relay_compat.virtual_device import of_parts
from tensor_core import codes, dtypes, prim
from tensor_core.attrs import Attrs
from tensor_core.module import Expr
from tensor_core.prim import PrimExpr
from tensor_core.shapes import ANY, Dim
from tensor_core.spans import Span
from tensor_core.tir.expr import IndexMap
from tensor_core.types import Type, tensor_type_of


def _null(f: Fields) -> Any:
    del f


def _array(f: Fields) -> tuple[Any, ...]:
    return tuple(f.decoder.items(f))


def _map(f: Fields) -> Attrs | Pairs:
    items = f.decoder.items(f)
    keys: Any = f.node.get("keys")
    if keys is None:
        if len(items) % 2:
            raise f.bad("a key without a value")
        return Pairs(tuple(zip(items[::2], items[1::2], strict=True))) if items else Attrs("Map", {})
    names = cast("list[Any]", keys) if isinstance(keys, list) else []
    if len(names) != len(items) or not all(isinstance(name, str) for name in names):
        raise f.bad("keys and values do not correspond")
    values = dict(zip(names, items, strict=True))
    order = map_order(values) if 1 < len(values) <= MOST_KEYS else values
    return Attrs("Map", {name: values[name] for name in order})


def _text(f: Fields) -> str:
    if "repr_b64" in f.node:
        try:
            data = base64.b64decode(f.node["repr_b64"], validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise f.bad("its text is no base64") from None
        return data[8:].decode(errors="surrogateescape")
    value = f.node.get("repr_str", "")
    if not isinstance(value, str):
        raise f.bad("its text is no string")
    return value


def _number(f: Fields) -> Any:
    text = _text(f)
    try:
        if f.type_key == "runtime.BoxFloat":
            return TypedFloat(float(text), BOX)
        return text == "true" if f.type_key == "runtime.BoxBool" else TypedInt(int(text), BOX)
    except ValueError:
        raise f.bad(f"no number: {text:.40}") from None


def _env_func(f: Fields) -> EnvFunc:
    return EnvFunc(_text(f))


def _op(f: Fields) -> Op:
    return expr.op(_text(f))


def _ndarray(f: Fields) -> np.ndarray:
    return f.decoder.graph.decode_array(_text(f), f.index)


def _record_text(f: Fields) -> Record:
    return Record(f.type_key, text=_text(f))


def _dict_attrs(f: Fields) -> Attrs:
    return Attrs("DictAttrs", {"__dict__": f.maybe("__dict__", Attrs) or Attrs("Map", {})})


def _dictionary(f: Fields, name: str) -> dict[str, Any]:
    """The entries of a field that holds a DictAttrs."""
    attrs = f.maybe(name, Attrs)
    if attrs is None:
        return {}
    if attrs.type_key != "DictAttrs":
        raise f.bad(f"field {name} is no DictAttrs")
    return dict(attrs["__dict__"])


def _span(f: Fields) -> Span:
    v = f.values
    return Span(f.maybe("source_name", str) or "", v["line"], v["column"], v["end_line"], v["end_column"])


def _virtual_device(f: Fields) -> Record | None:
    v = f.values
    if v["device_type_int"] == -1 and v["virtual_device_id"] == -1 and v["target"] is None and not v["memory_scope"]:
        return None
    return of_parts(v["device_type_int"], v["virtual_device_id"], v["target"], v["memory_scope"])


# ---------------------------------------------------------------- scalars and types


def _int_imm(f: Fields) -> Any:
    dtype, value = f.one("dtype", str), f.one("value", int)
    if dtype == "bool":
        return bool(value)
    return value if dtype == "int32" else TypedInt(value, dtype)


def _float_imm(f: Fields) -> float:
    dtype, value = f.one("dtype", str), f.one("value", float)
    return value if dtype == "float32" else TypedFloat(value, dtype)


def _any(f: Fields) -> PrimExpr:
    del f
    return ANY


def _tir_var(f: Fields) -> prim.Var:
    make = prim.SizeVar if f.type_key == "tir.SizeVar" else prim.Var
    return make(f.one("name", str), f.one("dtype", str))


_BINARY = {
    "Add": prim.Add, "Sub": prim.Sub, "Mul": prim.Mul, "Div": prim.Div, "Mod": prim.TruncMod, "Min": prim.Min,
    "Max": prim.Max, "FloorDiv": prim.FloorDiv, "FloorMod": prim.FloorMod, "EQ": prim.EQ, "NE": prim.NE,
    "LT": prim.LT, "LE": prim.LE, "And": prim.And, "Or": prim.Or,
}  # fmt: skip


def _binary(f: Fields) -> PrimExpr:
    a, b = _prim(f, "a"), _prim(f, "b")
    name = f.type_key.removeprefix("tir.")
    if name in ("GT", "GE"):
        return (prim.LT if name == "GT" else prim.LE)(b, a)
    return _BINARY[name](a, b)


def _prim(f: Fields, name: str) -> PrimExpr:
    return _expression(f, name, f.values[name])


def _expression(f: Fields, name: str, value: Any) -> PrimExpr:
    if isinstance(value, bool):
        return prim.IntImm(int(value), "bool")
    if isinstance(value, TypedInt):
        # One node is one number, however often it is used.
        return f.decoder.numbers.setdefault(id(value), prim.IntImm(int(value), value.kind))
    if isinstance(value, int):
        return prim.IntImm(int(value), "int32")
    if isinstance(value, float):
        return prim.FloatImm(float(value), getattr(value, "kind", "float32"))
    if not isinstance(value, PrimExpr):
        raise f.bad(f"field {name} holds no expression")
    return value


def _index_map(f: Fields) -> IndexMap:
    initial = cast("tuple[Any, ...]", f.one("initial_indices", tuple))
    final = cast("tuple[Any, ...]", f.one("final_indices", tuple))
    if not all(isinstance(item, prim.Var) for item in initial):
        raise f.bad("its initial indices are no variables")
    ends = tuple(_expression(f, "final_indices", item) for item in final)
    return IndexMap(initial, ends, f.maybe("inverse_index_map", IndexMap))


def _not(f: Fields) -> PrimExpr:
    return prim.Not(_prim(f, "a"))


def _select(f: Fields) -> PrimExpr:
    return prim.Select(_prim(f, "condition"), _prim(f, "true_value"), _prim(f, "false_value"))


def _cast(f: Fields) -> PrimExpr:
    return prim.Cast(_prim(f, "value"), f.one("dtype", str))


def _tensor_type(f: Fields) -> Type:
    shape = tuple(_checked_dim(f, dim) for dim in f.many("shape", object))
    if len(shape) > f.decoder.graph.limits.dims:
        raise f.bad(f"{len(shape)} dimensions, the limit is {f.decoder.graph.limits.dims}")
    dtype = f.one("dtype", str)
    if not dtypes.is_known(dtype):
        message = f"tensors of {dtype:.40} are not supported"
        raise f.decoder.graph.error(codes.UNSUPPORTED_SYNTAX, message, f.index)
    return types.TensorType(shape, dtype)


def _checked_dim(f: Fields, dim: Any) -> Dim:
    if isinstance(dim, PrimExpr) or (isinstance(dim, int) and dim >= 0):
        return dim
    raise f.bad("a dimension is no expression and no natural number")


def _tuple_type(f: Fields) -> Type:
    return types.TupleType(f.many("fields", Type))


def _func_type(f: Fields) -> Type:
    return types.FuncType(f.many("arg_types", Type), f.one("ret_type", Type), f.many("type_params", TypeVar))


def _type_call(f: Fields) -> Type:
    return types.TypeCall(f.one("func", Type), f.many("args", Type))


def _ref_type(f: Fields) -> Type:
    return types.RefType(f.one("value", Type))


def _incomplete(f: Fields) -> Type:
    return types.IncompleteType(f.one("kind", int))


def _type_var(f: Fields) -> Type:
    return TypeVar(f.one("name_hint", str), f.one("kind", int))


def _global_type_var(f: Fields) -> Type:
    name = f.one("name_hint", str)
    return f.decoder.global_type_vars.setdefault(name, GlobalTypeVar(name, f.one("kind", int)))


def _constructor(f: Fields) -> adt.Constructor:
    index = f.one("tag", int) & INDEX_MASK
    return adt.Constructor(f.one("name_hint", str), f.many("inputs", Type), f.one("belong_to", GlobalTypeVar), index)


def _type_data(f: Fields) -> TypeData:
    return TypeData(
        f.one("header", GlobalTypeVar), f.many("type_vars", TypeVar), f.many("constructors", adt.Constructor)
    )


# ---------------------------------------------------------------- expressions


def _global_var(f: Fields) -> GlobalVar:
    name = f.one("name_hint", str)
    return f.decoder.global_vars.setdefault(name, GlobalVar(name, f.span()))


def _device(f: Fields) -> Record | None:
    return f.maybe("virtual_device_", Record)


def _var(f: Fields) -> Var:
    vid = f.one("vid", Id)
    result = Var(vid.name, f.maybe("type_annotation", Type), f.span(), _device(f))
    result.memo("identity", vid)
    return result


def _id(f: Fields) -> Id:
    return Id(f.one("name_hint", str))


def _constant(f: Fields) -> Constant:
    data = f.one("data", np.ndarray)
    result = Constant(data, f.span(), _device(f))
    if f.node["attrs"].get("_checked_type_", "0") != "0":
        result.memo("checked", tensor_type_of(data))
    return result


def _applied(f: Fields) -> tuple[Expr, tuple[Expr, ...], Attrs | None]:
    """What is called with what; of a call of an older release, what that is now."""
    callee, args, attrs = f.one("op", Expr), f.many("args", Expr), f.maybe("attrs", Attrs)
    graph, upgrade = f.decoder.graph, f.decoder.upgrade
    try:
        if upgrade is not None and isinstance(callee, Op) and upgrade.concerns(callee):
            return upgrade.call(callee, args, attrs)
        return callee, args, f.decoder.call_attrs(callee, attrs)
    except AttributeProblem as problem:
        raise graph.error(codes.BAD_ATTRIBUTE, f"node {f.index}: {problem.message}", f.index) from None
    except NotUpgraded as problem:
        raise graph.error(codes.NOT_UPGRADED, f"node {f.index}: {problem}", f.index) from None


def _call(f: Fields) -> Call:
    callee, args, attrs = _applied(f)
    result = Call(callee, args, attrs, f.many("type_args", Type), f.span(), _device(f))
    if isinstance(callee, Op) and callee.card is None:
        # Without a recorded type it is type inference that refuses the call.
        result.memo("checked", f.values.get("_checked_type_"))
    return result


def _function(f: Fields) -> Function:
    return Function(
        f.many("params", Var), f.one("body", Expr), f.maybe("ret_type", Type), f.many("type_params", TypeVar),
        _dictionary(f, "attrs"), f.span(), _device(f),
    )  # fmt: skip


def _let(f: Fields) -> expr.Let:
    return expr.Let(f.one("var", Var), f.one("value", Expr), f.one("body", Expr), f.span(), _device(f))


def _if(f: Fields) -> expr.If:
    return expr.If(f.one("cond", Expr), f.one("true_branch", Expr), f.one("false_branch", Expr), f.span(), _device(f))


def _tuple(f: Fields) -> expr.Tuple:
    return expr.Tuple(f.many("fields", Expr), f.span(), _device(f))


def _tuple_get_item(f: Fields) -> expr.TupleGetItem:
    return expr.TupleGetItem(f.one("tuple_value", Expr), f.one("index", int), f.span(), _device(f))


def _ref_create(f: Fields) -> expr.RefCreate:
    return expr.RefCreate(f.one("value", Expr), f.span(), _device(f))


def _ref_read(f: Fields) -> expr.RefRead:
    return expr.RefRead(f.one("ref", Expr), f.span(), _device(f))


def _ref_write(f: Fields) -> expr.RefWrite:
    return expr.RefWrite(f.one("ref", Expr), f.one("value", Expr), f.span(), _device(f))


def _match(f: Fields) -> adt.Match:
    return adt.Match(f.one("data", Expr), f.many("clauses", adt.Clause), f.one("complete", bool), f.span(), _device(f))


def _clause(f: Fields) -> adt.Clause:
    return adt.Clause(f.one("lhs", adt.Pattern), f.one("rhs", Expr))


def _pattern_wildcard(f: Fields) -> adt.Pattern:
    return adt.PatternWildcard(f.span())


def _pattern_var(f: Fields) -> adt.Pattern:
    return adt.PatternVar(f.one("var", Var), f.span())


def _pattern_tuple(f: Fields) -> adt.Pattern:
    return adt.PatternTuple(f.many("patterns", adt.Pattern), f.span())


def _pattern_constructor(f: Fields) -> adt.Pattern:
    return adt.PatternConstructor(f.one("constructor", adt.Constructor), f.many("patterns", adt.Pattern), f.span())


def _module(f: Fields) -> IRModule:
    functions = _pairs(f, "functions")
    definitions = _pairs(f, "type_definitions")
    for var, function in functions:
        if not isinstance(var, GlobalVar) or not isinstance(function, Function):
            raise f.bad("functions hold something that is no Relay function")
    if not all(isinstance(data, TypeData) for _, data in definitions):
        raise f.bad("type_definitions hold something that is no type definition")
    return IRModule(dict(functions), dict(definitions), _dictionary(f, "attrs"))


def _pairs(f: Fields, name: str) -> tuple[tuple[Any, Any], ...]:
    value = f.values[name]
    if isinstance(value, Pairs):
        return value.entries
    if value is None or (isinstance(value, Attrs) and not value):
        return ()
    raise f.bad(f"field {name} is no map")


BUILDERS: dict[str, Builder] = {
    "": _null, "Array": _array, "Map": _map, "DictAttrs": _dict_attrs, "IRModule": _module,
    "runtime.String": _text, "SourceName": _text, "Op": _op, "EnvFunc": _env_func, "TargetKind": _record_text,
    "runtime.BoxInt": _number, "runtime.BoxFloat": _number, "runtime.BoxBool": _number,
    "runtime.NDArray": _ndarray,
    "Span": _span, "SequentialSpan": _span, "VirtualDevice": _virtual_device,
    "IntImm": _int_imm, "FloatImm": _float_imm, "tir.Any": _any, "tir.Var": _tir_var, "tir.SizeVar": _tir_var,
    "tir.Not": _not, "tir.Select": _select, "tir.Cast": _cast,
    "tir.IndexMap": _index_map,
    "relay.TensorType": _tensor_type, "TupleType": _tuple_type, "FuncType": _func_type, "TypeCall": _type_call,
    "relay.RefType": _ref_type, "IncompleteType": _incomplete, "TypeVar": _type_var, "GlobalTypeVar": _global_type_var,
    "relay.Constructor": _constructor, "relay.TypeData": _type_data,
    "GlobalVar": _global_var, "relay.Var": _var, "relay.Id": _id, "relay.Constant": _constant, "relay.Call": _call,
    "relay.Function": _function, "relay.Let": _let, "relay.If": _if, "relay.Tuple": _tuple,
    "relay.TupleGetItem": _tuple_get_item, "relay.RefCreate": _ref_create, "relay.RefRead": _ref_read,
    "relay.RefWrite": _ref_write, "relay.Match": _match, "relay.Clause": _clause,
    "relay.PatternWildcard": _pattern_wildcard, "relay.PatternVar": _pattern_var, "relay.PatternTuple": _pattern_tuple,
    "relay.PatternConstructor": _pattern_constructor,
    **{f"tir.{name}": _binary for name in (*_BINARY, "GT", "GE")},
}  # fmt: skip
