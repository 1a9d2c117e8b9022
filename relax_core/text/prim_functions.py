"""The functions of the T namespace that are more than a call of a built-in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from relax_core.text.prim_values import Declared, Value, listed
from tensor_core import codes, dtypes, prim
from tensor_core.prim import FloatImm, IntImm, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import make
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.from_loops import is_infinite

if TYPE_CHECKING:
    from relax_core.text.prim_calls import PrimCalls

Handler = Callable[["PrimCalls", ast.Call, list[Value], dict[str, Value]], Value]


def _cast_node(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = {**dict(zip(("dtype", "value"), args, strict=False)), **keywords}
    value, dtype = self.lift(given.get("value"), node), self.dtype(given.get("dtype"), node)
    if dtype == "bfloat16" and isinstance(value, FloatImm) and self.release < (0, 21):
        # These releases read no number of bfloat16 that is written as one.
        return FloatImm(value.value, dtype)
    return prim.Cast(value, dtype)


def _cast(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = {**dict(zip(("value", "dtype"), args, strict=False)), **keywords}
    return make.cast(self.dtype(given.get("dtype"), node), self.lift(given.get("value"), node))


def _select(guards: bool) -> Handler:
    def read(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
        given = [*args, *keywords.values()]
        if len(given) < 3:
            raise self.script.error(node, codes.ARITY, "a choice has a condition and two values")
        a, b = self.pair(given[1], given[2], node)
        return prim.Select(self.lift(given[0], node), a, b, guards=guards)

    return read


def _let(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    where = keywords.get("where")
    if len(args) != 1 or not isinstance(where, dict):
        raise self.script.error(node, codes.SYNTAX, "expected T.Let(body, where={variable: value})")
    body = self.lift(args[0], node)
    for var, value in reversed(list(cast("dict[Any, Value]", where).items())):
        if not isinstance(var, Var):
            raise self.script.error(node, codes.SYNTAX, "T.Let binds variables")
        body = ex.Let(var, self.lift(value, node), body)
    return body


def _ramp(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = [*args, *keywords.values()]
    if len(given) < 3:
        raise self.script.error(node, codes.ARITY, "a ramp has a base, a stride and a number of lanes")
    base, stride = self.pair(given[0], given[1], node)
    return ex.Ramp(base, stride, self.lift(given[2], node))


def _broadcast(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = [*args, *keywords.values()]
    if len(given) < 2:
        raise self.script.error(node, codes.ARITY, "a broadcast has a value and a number of lanes")
    return ex.Broadcast(self.lift(given[0], node), self.lift(given[1], node))


def _shuffle(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = [*args, *keywords.values()]
    groups = [tuple([self.lift(item, node) for item in listed(group)]) for group in given]
    if len(groups) != 2 or not groups[0]:
        raise self.script.error(node, codes.SYNTAX, "expected T.Shuffle(vectors, indices)")
    return ex.Shuffle(*groups)


def _not(self: PrimCalls, node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    return prim.Not(self.lift(args[0] if args else None, node))


def _abs(self: PrimCalls, node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    value = self.lift(args[0] if args else None, node)
    if dtypes.is_float(value.dtype):
        return prim.Intrinsic("fabs", (value,), value.dtype)
    if value.dtype.startswith("uint"):
        return value
    zero = prim.const(0, value.dtype)
    return prim.Select(prim.GE(value, zero), value, make.binary(prim.Sub, zero, value))


def _isinf(self: PrimCalls, node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    return is_infinite(self.lift(args[0] if args else None, node))


def _isfinite(self: PrimCalls, node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    value = self.lift(args[0] if args else None, node)
    return prim.And(prim.Not(is_infinite(value)), prim.Not(prim.Intrinsic("isnan", (value,), "bool")))


def _ceildiv(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = [*args, *keywords.values(), None]
    a, b = self.pair(given[0], given[1], node)
    above = make.binary(prim.Add, a, make.binary(prim.Sub, b, IntImm(1, b.dtype)))
    return make.binary(prim.FloorDiv, above, b)


def _index_map(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = {**dict(zip(("mapping", "inverse_index_map"), args, strict=False)), **keywords}
    inverse = given.get("inverse_index_map")
    maps = [self.lambda_(item, "int64", node) for item in (given.get("mapping"), inverse) if item is not None]
    if not maps:
        raise self.script.error(node, codes.SYNTAX, "expected a lambda")
    back = ex.IndexMap(maps[1][0], tuple(maps[1][1])) if inverse is not None else None
    return ex.IndexMap(maps[0][0], tuple(maps[0][1]), back)


def _target(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return ex.TargetValue(self.plain(args[0] if args else keywords.get("target_config"), node))


def _iter_var(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = {**dict(zip(("v", "dom", "iter_type", "thread_tag"), args, strict=False)), **keywords}
    var, dom = given.get("v"), given.get("dom")
    var = var.named("v") if isinstance(var, Declared) else Var("v", "int32") if var is None else var
    if not isinstance(var, Var) or not isinstance(dom, ex.Range | None):
        raise self.script.error(node, codes.SYNTAX, "expected T.iter_var(variable, range, kind, thread)")
    return ex.IterVar(dom, var, str(given.get("iter_type")), str(given.get("thread_tag", "")))


def _comm_reducer(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = [*args, *keywords.values()]
    if len(given) != 2 or not isinstance(given[1], list):
        raise self.script.error(node, codes.SYNTAX, "expected T.comm_reducer(lambda, [identity])")
    identity = tuple([self.lift(item, node) for item in cast("list[Value]", given[1])])
    dtype = identity[0].dtype if identity else "float32"
    names, result = self.lambda_(given[0], dtype, node)
    half = len(names) // 2
    return ex.CommReducer(names[:half], names[half:], tuple(result), identity)


def _reduce(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    order = ("combiner", "source", "init", "axis", "condition", "value_index")
    given = {**dict(zip(order, args, strict=False)), **keywords}
    combiner = given.get("combiner")
    if not isinstance(combiner, ex.CommReducer) or not given.get("source"):
        raise self.script.error(node, codes.SYNTAX, "expected T.reduce(combiner, source=..., ...)")
    source, init = (
        tuple([self.lift(item, node) for item in listed(given.get(key) or ())]) for key in ("source", "init")
    )
    axes = tuple([item for item in listed(given.get("axis") or ()) if isinstance(item, ex.IterVar)])
    condition = self.lift(given.get("condition", True), node)
    return ex.Reduce(combiner, source, init, axes, condition, int(given.get("value_index", 0)))


def _range(self: PrimCalls, node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    if len(args) != 2:
        raise self.script.error(node, codes.SYNTAX, "expected T.Range(begin, end)")
    return self.range_of(node, args)


def _string(_self: PrimCalls, _node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    return prim.StringImm(str(args[0] if args else ""))


def _likely(self: PrimCalls, node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    value = self.lift(args[0] if args else None, node)
    return value if isinstance(value, IntImm) else prim.Intrinsic("likely", (value,), value.dtype)


def _same(_self: PrimCalls, _node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    return args[0] if args else None


def _buffer(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    return self.buffer_of(node, "buffer", args, keywords)


def _address_of(self: PrimCalls, node: ast.Call, args: list[Value], _keywords: dict[str, Value]) -> Value:
    value = args[0] if args else None
    if isinstance(value, Buffer):
        value = ex.BufferLoad(value, tuple([IntImm(0, dim.dtype) for dim in value.shape]))
    return prim.Intrinsic("address_of", (self.lift(value, node),), "handle")


SPECIAL: Mapping[str, Handler] = {
    "Cast": _cast_node, "cast": _cast, "if_then_else": _select(True), "Select": _select(False), "Let": _let,
    "Ramp": _ramp, "Broadcast": _broadcast, "Shuffle": _shuffle, "Not": _not, "abs": _abs, "isinf": _isinf,
    "isfinite": _isfinite, "ceildiv": _ceildiv, "index_map": _index_map, "target": _target, "iter_var": _iter_var,
    "comm_reducer": _comm_reducer, "reduce": _reduce, "Range": _range, "StringImm": _string, "likely": _likely,
    "Buffer": _buffer, "meta_var": _same, "bind": _same, "address_of": _address_of, "ramp": _ramp,
    "broadcast": _broadcast,
}  # fmt: skip
