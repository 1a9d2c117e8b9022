"""Functions of the T namespace that stand in expressions."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from relax_core.text.prim_values import PrimValues, Value, listed
from relax_core.text.script import dotted
from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import did_you_mean
from tensor_core.loops.intrinsics import MEANINGS
from tensor_core.prim import FloatImm, IntImm, PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import make
from tensor_core.tir.buffer import Buffer, BufferRegion, decl_buffer
from tensor_core.tir.from_loops import is_infinite
from tensor_core.tir.text.builtins import DTYPE_FIRST, DTYPE_LAST, KNOWN, READ, result_type

_DTYPE = re.compile(
    r"(bool|void|handle|bfloat16|(?:int|uint|float)\d*(?:_e\w+)?|e[45]m\w+_float8)(x\d+|xvscalex\d+)?\Z"
)
_NODES: Mapping[str, type[prim.Binary]] = {
    "Add": prim.Add, "Sub": prim.Sub, "Mul": prim.Mul, "Div": prim.Div, "FloorDiv": prim.FloorDiv,
    "FloorMod": prim.FloorMod, "Mod": prim.TruncMod, "Min": prim.Min, "Max": prim.Max, "EQ": prim.EQ, "NE": prim.NE,
    "LT": prim.LT, "LE": prim.LE, "GT": prim.GT, "GE": prim.GE, "And": prim.And, "Or": prim.Or,
}  # fmt: skip
_FUNCTIONS: Mapping[str, type[prim.Binary]] = {
    "min": prim.Min, "max": prim.Max, "floordiv": prim.FloorDiv, "floormod": prim.FloorMod, "truncdiv": prim.Div,
    "truncmod": prim.TruncMod, "indexdiv": prim.FloorDiv, "indexmod": prim.FloorMod,
}  # fmt: skip
_RENAMED = {"power": "pow"}


class Declared:
    """``T.int64()``: a variable to be, named by what it is assigned to."""

    def __init__(self, dtype: str, is_size: bool = False, element: str = "", scope: str = "") -> None:
        self.dtype = dtype
        self.is_size = is_size
        self.element = element
        self.scope = scope

    def named(self, name: str) -> Var:
        """The variable."""
        if self.dtype == "handle":
            return ex.HandleVar(name, element=self.element, scope=self.scope)
        return (prim.SizeVar if self.is_size else Var)(name, self.dtype)


def is_dtype(name: str) -> bool:
    """Whether a name is one of a scalar or vector type."""
    return _DTYPE.match(name) is not None


class PrimCalls(PrimValues):
    """Reads calls."""

    def type_name(self, node: ast.Attribute) -> Value:
        name = ast.unparse(node)
        if name.startswith("T.") and is_dtype(name[2:]):
            return Declared(dtypes.ALIASES.get(name[2:], name[2:]))
        raise self.script.error(node, codes.SYNTAX, f"{name} is no value")

    def dtype(self, value: Value, node: ast.AST) -> str:
        """An element type as an argument: its name, or T.float32."""
        if isinstance(value, Declared):
            return value.dtype
        if isinstance(value, str) and (is_dtype(value) or value == ""):
            return dtypes.ALIASES.get(value, value) or "void"
        raise self.script.error(node, codes.BAD_LITERAL, "expected the name of an element type")

    def call(self, node: ast.Call, function: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        prefix, _, name = function.partition(".")
        if prefix == "T" and name:
            return self._builtin(node, name, args, keywords)
        if prefix == "I" and name == "Range" and len(args) == 2:
            return self._range_of(node, args)
        if function == "float" and len(args) == 1 and isinstance(args[0], str):
            return self._special_float(node, args[0])
        var = self.functions.get(name) if prefix and "." not in name else None
        if var is None:
            raise self.script.error(node, codes.UNDEFINED_NAME, f"{function or 'this call'} is no function")
        return ex.GlobalCall(var, tuple([self.operand(arg, node) for arg in args]), self.results().get(name, "void"))

    def results(self) -> dict[str, str]:
        """The scalar types that functions of the script return."""
        if self._results is None:
            self._results = {}
            for item in self.script.tree.body:
                for function in item.body if isinstance(item, ast.ClassDef) else [item]:
                    if isinstance(function, ast.FunctionDef) and function.returns is not None:
                        kind = dotted(function.returns).removeprefix("T.")
                        if is_dtype(kind):
                            self._results[function.name] = kind
        return self._results

    _results: dict[str, str] | None = None

    def _builtin(self, node: ast.Call, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        if is_dtype(name):
            return self._typed(node, dtypes.ALIASES.get(name, name), args, keywords)
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self, node, args, keywords)
        if name in _NODES and len(args) == 2:
            return _NODES[name](*self.pair(args[0], args[1], node))
        if name in _FUNCTIONS and len(args) == 2:
            return make.binary(_FUNCTIONS[name], *self.pair(args[0], args[1], node))
        return self._intrinsic(node, name, args, keywords)

    def _intrinsic(self, node: ast.Call, name: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        name = _RENAMED.get(name, name)
        name = READ.get(name, name)
        if name not in KNOWN and name not in MEANINGS and "." not in name:
            hint = did_you_mean(name, (*KNOWN, *MEANINGS))
            raise self.script.error(node, codes.SYNTAX, f"T.{name} is no function of tensor programs", hint)
        if name == "round" and self.release >= (0, 24):
            name = "round_even"
        dtype: str | None = None
        given = [*args, *(item for key, item in keywords.items() if key not in ("dtype", "span"))]
        if "dtype" in keywords and keywords["dtype"] is not None:
            dtype = self.dtype(keywords["dtype"], node)
        elif name in DTYPE_FIRST and given and isinstance(given[0], str | Declared):
            dtype = self.dtype(given.pop(0), node)
        elif name in DTYPE_LAST and given and isinstance(given[-1], str | Declared):
            dtype = self.dtype(given.pop(), node)
        operands = [self.operand(item, node) for item in given]
        meaning = MEANINGS.get(name)
        if meaning is not None and meaning.arity == 2 == len(operands):
            operands = list(make.matched(*operands)) if name not in ("ldexp",) else operands
        if dtype is None:
            dtype = result_type(name, operands[0].dtype if operands else None)
        return prim.Intrinsic(name, tuple(operands), dtype)

    def operand(self, value: Value, node: ast.AST) -> PrimExpr:
        """An argument of a call; None is the null pointer's place and stays a constant."""
        if isinstance(value, Buffer):
            return value.data
        if value is None:
            return IntImm(0, "handle")
        return self.lift(value, node)

    def _typed(self, node: ast.Call, dtype: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """``T.float32(0.5)``: a constant, a conversion; without an argument a variable to be."""
        if dtype == "handle":
            element = keywords.get("dtype", args[0] if args else None)
            scope = keywords.get("storage_scope", args[1] if len(args) > 1 else "")
            typed = "" if element is None else self.dtype(element, node)
            return Declared("handle", bool(keywords.get("is_size_var")), typed, str(scope) if typed else "")
        if not args:
            return Declared(dtype, bool(keywords.get("is_size_var")))
        value = args[0]
        if isinstance(value, str):
            if not dtypes.is_float(dtype):
                raise self.script.error(node, codes.BAD_LITERAL, f"not a number: {value!r}")
            return FloatImm(self._special_float(node, value), dtype)
        if isinstance(value, bool | int | float):
            return self._constant_of(node, value, dtype)
        return make.cast(dtype, self.lift(value, node))

    def _constant_of(self, node: ast.AST, value: float, dtype: str) -> PrimExpr:
        if ex.lanes(dtype) > 1:
            return make.cast(dtype, prim.const(value, ex.element(dtype)))
        if isinstance(value, float) and not dtypes.is_float(dtype):
            try:
                return make.wrapped(int(value), dtype)
            except (OverflowError, ValueError):
                raise self.script.error(node, codes.BAD_LITERAL, f"{value} is no {dtype}") from None
        if isinstance(value, int) and abs(value) >= 1 << 64:
            raise self.script.error(node, codes.BAD_LITERAL, f"{value} is larger than any integer type")
        return prim.const(value, dtype) if dtype != "bool" else IntImm(int(bool(value)), "bool")

    def _special_float(self, node: ast.AST, text: str) -> float:
        if text.lower() not in ("inf", "-inf", "nan", "-nan") and not re.match(r"[+-]?(0x)?[0-9a-f]*\.?", text, re.I):
            raise self.script.error(node, codes.BAD_LITERAL, f"not a number: {text!r}")
        try:
            return float.fromhex(text) if "x" in text.lower() else float(text)
        except (ValueError, OverflowError):
            raise self.script.error(node, codes.BAD_LITERAL, f"not a number: {text!r}") from None

    # ---- methods

    def method(self, node: ast.Call, name: str, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
        if isinstance(base, Buffer):
            match name:
                case "vload":
                    return self._vload(node, base, args, keywords)
                case "access_ptr":
                    return self._access_ptr(node, base, args, keywords)
                case "scope":
                    return base.scope
                case _:
                    pass
        if isinstance(base, PrimExpr) and name in ("astype", "equal") and len(args) == 1:
            if name == "astype":
                return make.cast(self.dtype(args[0], node), base)
            return prim.EQ(*self.pair(base, args[0], node))
        self.script.unsupported(node, f"the method {name} is not read in tensor programs")

    def _vload(self, node: ast.Call, buffer: Buffer, args: list[Value], keywords: dict[str, Value]) -> Value:
        indices = listed(args[0] if args else keywords.get("begin"))
        predicate = keywords.get("predicate")
        return ex.BufferLoad(
            buffer,
            tuple([self.lift(item, node) for item in indices]),
            None if predicate is None else self.lift(predicate, node),
        )

    def _access_ptr(self, node: ast.Call, buffer: Buffer, args: list[Value], keywords: dict[str, Value]) -> Value:
        names = ("access_mask", "ptr_type", "content_lanes", "offset", "extent")
        given = {**dict(zip(names, args, strict=False)), **keywords}
        mask = given.get("access_mask", "r")
        if isinstance(mask, str):
            mask = sum({"r": 1, "w": 2}.get(letter, 0) for letter in set(mask))
        offset = self.lift(given.get("offset", 0), node)
        extent = given.get("extent")
        if extent is None:
            extent = self._size(buffer)
            extent = make.binary(prim.Sub, extent, offset)
        place = make.binary(prim.Add, buffer.elem_offset, offset)
        kind = prim.Intrinsic("type_annotation", (), buffer.dtype)
        parts = (kind, buffer.data, place, self.lift(extent, node), self.lift(mask, node))
        return prim.Intrinsic("tvm_access_ptr", parts, "handle")

    def _size(self, buffer: Buffer) -> PrimExpr:
        if buffer.strides:
            return make.binary(prim.Mul, buffer.strides[0], buffer.shape[0])
        size: PrimExpr = IntImm(1, "int32")
        for dim in buffer.shape:
            size = make.binary(prim.Mul, size, dim)
        return size

    # ---- buffers and attributes

    def buffer_of(
        self, node: ast.Call, name: str, args: list[Value], keywords: dict[str, Value], index: str = ""
    ) -> Buffer:
        """The buffer that ``(shape, dtype, ...)`` describes; ``index`` is the type of the variables it introduces."""
        order = ("shape", "dtype", "data", "strides", "elem_offset", "byte_offset", "scope", "align", "offset_factor")
        given: dict[str, Value] = {**dict(zip(order, args, strict=False)), **keywords}
        for key in given:
            if key not in (*order, "buffer_type", "axis_separators", "layout", "annotations", "buffer_name"):
                self.script.unsupported(node, f"buffers with {key} are not read")
        shape = given.get("shape")
        if shape is None:
            raise self.script.error(node, codes.SYNTAX, "a buffer needs a shape")
        dims = list(cast("list[Value]", shape)) if isinstance(shape, list | tuple) else [shape]
        extents = [self.dimension(item, node) for item in dims]
        index = index or (extents[0].dtype if extents and not isinstance(dims[0], int) else "int32")
        strides = [self._stride(item, node, index) for item in listed(given.get("strides") or ())]
        data, offset = given.get("data"), given.get("elem_offset")
        if data is not None and not isinstance(data, Var):
            self.script.unsupported(node, "a buffer over a computed pointer is not read")
        if offset is None and given.get("offset_factor"):
            offset = Var(f"{name}_elem_offset", index)
        layout = next((ast.unparse(item.value) for item in node.keywords if item.arg == "layout"), None)
        return decl_buffer(
            extents,
            self.dtype(given.get("dtype") or "float32", node),
            name,
            data,
            strides,
            None if offset is None else self.lift(offset, node),
            str(given.get("scope") or ""),
            self._int(given.get("align"), node, -1),
            self._int(given.get("offset_factor"), node, 0),
            "auto" if given.get("buffer_type") == "auto" else "default",
            [self._int(item, node, 0) for item in listed(given.get("axis_separators") or ())],
            layout=layout,
        )

    def dimension(self, value: Value, node: ast.AST) -> PrimExpr:
        """One dimension; a string is an expression over variables that the signature declares."""
        if isinstance(value, str):
            return self.quoted(cast(ast.expr, node), value)
        return self.lift(value, node)

    def _stride(self, value: Value, node: ast.AST, dtype: str) -> PrimExpr:
        if isinstance(value, str):
            return self.names[value] if isinstance(self.names.get(value), Var) else Var(value, dtype)
        return self.lift(value, node)

    def _int(self, value: Value, node: ast.AST, default: int) -> int:
        if value is None:
            return default
        if isinstance(value, IntImm):
            return value.value
        if isinstance(value, int):
            return value
        raise self.script.error(node, codes.SYNTAX, "expected an integer")

    def _range_of(self, node: ast.AST, args: list[Value]) -> ex.Range:
        from tensor_core.tir.ranges import between

        return between(*self.pair(args[0], args[1], node))

    def lambda_(self, node: Value, dtype: str, place: ast.AST) -> tuple[tuple[Var, ...], list[PrimExpr]]:
        """A lambda as its variables and results."""
        if not isinstance(node, ast.Lambda):
            raise self.script.error(place, codes.SYNTAX, "expected a lambda")
        given = node.args
        if given.vararg or given.kwarg or given.kwonlyargs or given.defaults:
            self.script.unsupported(node, "only plain parameters are read in a lambda")
        variables = tuple([Var(item.arg, dtype) for item in (*given.posonlyargs, *given.args)])
        before = self.names
        self.names = {**before, **{var.name: var for var in variables}}
        try:
            return variables, [self.lift(item, node.body) for item in listed(self.value(node.body))]
        finally:
            self.names = before


Handler = Callable[[PrimCalls, ast.Call, list[Value], dict[str, Value]], Value]


def _cast_node(self: PrimCalls, node: ast.Call, args: list[Value], keywords: dict[str, Value]) -> Value:
    given = {**dict(zip(("dtype", "value"), args, strict=False)), **keywords}
    return prim.Cast(self.lift(given.get("value"), node), self.dtype(given.get("dtype"), node))


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
    return self._range_of(node, args)  # pyright: ignore[reportPrivateUsage]


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


_SPECIAL: Mapping[str, Handler] = {
    "Cast": _cast_node, "cast": _cast, "if_then_else": _select(True), "Select": _select(False), "Let": _let,
    "Ramp": _ramp, "Broadcast": _broadcast, "Shuffle": _shuffle, "Not": _not, "abs": _abs, "isinf": _isinf,
    "isfinite": _isfinite, "ceildiv": _ceildiv, "index_map": _index_map, "target": _target, "iter_var": _iter_var,
    "comm_reducer": _comm_reducer, "reduce": _reduce, "Range": _range, "StringImm": _string, "likely": _likely,
    "Buffer": _buffer, "meta_var": _same, "bind": _same, "address_of": _address_of, "ramp": _ramp,
    "broadcast": _broadcast,
}  # fmt: skip

__all__ = ["BufferRegion", "Declared", "PrimCalls", "is_dtype"]
