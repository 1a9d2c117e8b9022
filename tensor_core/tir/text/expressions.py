"""Scalar and vector expressions as text, with the parentheses that the release's printer writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar
from tensor_core.node import Node
from tensor_core.prim import PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir.buffer import SCALAR, Buffer, BufferRegion
from tensor_core.tir.make import binary, fold, is_plain
from tensor_core.tir.stmt import is_one, is_zero
from tensor_core.tir.text.builtins import DTYPE_FIRST, DTYPE_LAST, WRITTEN
from tensor_core.tir.text.dialect import Dialect
from tensor_core.tir.text.literals import float_constant, float_text, int_text, string_text
from tensor_core.tir.text.scopes import Scopes

Text = tuple[str, int]
"""A text and how tightly it binds."""
ATOM, NOT = 15, 5
LAMBDA = 1
_INFIX: Mapping[type[prim.Binary], tuple[str, int, str]] = {
    prim.Add: ("+", 11, "Add"),
    prim.Sub: ("-", 11, "Sub"),
    prim.Mul: ("*", 12, "Mul"),
    prim.FloorDiv: ("//", 12, "FloorDiv"),
    prim.FloorMod: ("%", 12, "FloorMod"),
    prim.Div: ("/", 12, "Div"),
    prim.LT: ("<", 6, "LT"),
    prim.LE: ("<=", 6, "LE"),
    prim.EQ: ("==", 6, "EQ"),
    prim.NE: ("!=", 6, "NE"),
    prim.GT: (">", 6, "GT"),
    prim.GE: (">=", 6, "GE"),
    prim.And: ("and", 4, "And"),
    prim.Or: ("or", 3, "Or"),
}
_CALLED: Mapping[type[prim.Binary], str] = {prim.TruncMod: "truncmod", prim.Min: "min", prim.Max: "max"}
_BITS = {"shift_left": ("<<", 10), "shift_right": (">>", 10), "bitwise_and": ("&", 9), "bitwise_xor": ("^", 8),
         "bitwise_or": ("|", 7)}  # fmt: skip
_LONGEST = 2_000_000


class ExpressionText:
    """Writes expressions. Subclasses say what becomes of a variable or buffer that has no name yet."""

    def __init__(self, dialect: Dialect, scopes: Scopes) -> None:
        self.dialect = dialect
        self.scopes = scopes

    def variable(self, var: Var) -> str:
        """The text of a variable."""
        known = self.scopes.get(var)
        return known if known is not None else self.undefined(var)

    def buffer(self, buffer: Buffer) -> str:
        """The text of a buffer."""
        known = self.scopes.get(buffer)
        return known if known is not None else self.undefined(buffer)

    def undefined(self, item: Var | Buffer) -> str:
        """The text of what no construct defines. R2R0205, unless a subclass knows better."""
        raise fail(codes.ILL_FORMED, f"{item.name} is used outside its scope")

    def function_name(self, var: GlobalVar) -> str:
        """The text of another function of the module."""
        return f"Module.{var.name}"

    def integer(self, node: prim.IntImm) -> str:
        """The text of an integer constant."""
        return int_text(node)

    # ---- expressions

    def text(self, root: PrimExpr) -> str:
        """One expression."""
        return self.bound(root)[0]

    def bound(self, root: PrimExpr) -> Text:
        """One expression and how tightly it binds. Operands are written left to right; depth is no limit. R2R0407 where
        the text gets too long.
        """
        done: dict[int, Text] = {}
        stack: list[tuple[PrimExpr, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                made = done[id(node)] = self._node(node, done)
                if len(made[0]) > _LONGEST:
                    raise fail(codes.UNPRINTABLE, "an expression of a tensor program is too long as text")
            elif id(node) not in done:
                stack.append((node, True))
                if isinstance(node, ex.BufferLoad):
                    self.buffer(node.buffer)
                if not isinstance(node, ex.Reduce):
                    stack += [(cast(PrimExpr, child), False) for child in reversed(list(node.iter_children()))]
        return done[id(root)]

    def _node(self, node: PrimExpr, done: Mapping[int, Text]) -> Text:
        match node:
            case Var():
                return self.variable(node), ATOM
            case prim.IntImm():
                return self.integer(node), ATOM
            case prim.FloatImm():
                return float_constant(node), ATOM
            case prim.StringImm():
                return string_text(node.value), ATOM
            case prim.Binary():
                return self._binary(node, done[id(node.a)], done[id(node.b)])
            case prim.Not():
                return f"not {_inside(done[id(node.a)], NOT)}", NOT
            case ex.BufferLoad():
                return self._load(node, done), ATOM
            case prim.Intrinsic():
                return self._call(node, [done[id(arg)] for arg in node.args])
            case ex.GlobalCall():
                return f"{self.function_name(node.op)}({', '.join(done[id(arg)][0] for arg in node.args)})", ATOM
            case ex.Let():
                var, value, body = (done[id(part)][0] for part in (node.var, node.value, node.body))
                return f"T.Let({body}, where={{{var}: {value}}})", ATOM
            case ex.Shuffle():
                parts = (", ".join(done[id(part)][0] for part in group) for group in (node.vectors, node.indices))
                return "T.Shuffle({})".format(", ".join(f"[{part}]" for part in parts)), ATOM
            case ex.Reduce():
                return self._reduce(node), ATOM
            case _:
                return self._function(node, [done[id(child)][0] for child in node.iter_children()]), ATOM

    def _function(self, node: PrimExpr, args: list[str]) -> str:
        match node:
            case prim.Select():
                return f"T.{'if_then_else' if node.guards else 'Select'}({', '.join(args)})"
            case prim.Cast():
                return f'T.Cast("{node.dtype}", {args[0]})'
            case ex.Ramp() | ex.Broadcast():
                return f"T.{type(node).__name__}({', '.join(args)})"
            case prim.AnyDim():
                return "T.Any()"
            case _:
                raise fail(codes.UNPRINTABLE, f"{type(node).__name__} is no expression of a tensor program")

    def _binary(self, node: prim.Binary, a: Text, b: Text) -> Text:
        kind = type(node)
        if kind in _CALLED:
            return f"T.{_CALLED[kind]}({a[0]}, {b[0]})", ATOM
        infix, level, name = _INFIX[kind]
        if kind is prim.Div:
            plain = not dtypes.is_int(node.dtype) and fold(kind, node.a, node.b) is None
        else:
            plain = is_plain(node)
        if not plain:
            return f"T.{name}({a[0]}, {b[0]})", ATOM
        return f"{_inside(a, level)} {infix} {_inside(b, level + 1)}", level

    def _call(self, node: prim.Intrinsic, args: list[Text]) -> Text:
        name = node.name
        if name == "round" and self.dialect.sblock:
            return self.bound(_rounded_away(node.args[0]))
        if self.dialect.infix_bits and name in _BITS and len(args) == 2:
            infix, level = _BITS[name]
            return f"{_inside(args[0], level)} {infix} {_inside(args[1], level + 1)}", level
        if self.dialect.infix_bits and name == "bitwise_not":
            return f"~{_inside(args[0], 13)}", 13
        parts = [text for text, _ in args]
        name = self.renamed(name)
        if name in DTYPE_FIRST:
            parts.insert(0, self.result_type(node.dtype))
        if name in DTYPE_LAST:
            parts.append(self.result_type(node.dtype))
        return f"T.{WRITTEN.get(name, name)}({', '.join(parts)})", ATOM

    def result_type(self, dtype: str) -> str:
        """The type of a call's result as an argument: a pointer is a type expression from 0.26 on."""
        return "T.handle().ty" if dtype == "handle" and self.dialect.buffer_params else string_text(dtype)

    def renamed(self, name: str) -> str:
        """The release's name of a function: ``round`` rounds halves to even from 0.24 on."""
        if name == "round_even":
            return "round" if self.dialect.sblock else "nearbyint"
        return name

    def is_scalar(self, buffer: Buffer) -> bool:
        """Whether the release writes a buffer as a variable: one element, its layout stated (0.25 on)."""
        return self.dialect.s_tir and buffer.layout == SCALAR

    def _load(self, node: ex.BufferLoad, done: Mapping[int, Text]) -> str:
        buffer = self.buffer(node.buffer)
        if node.predicate is None and self.is_scalar(node.buffer):
            return buffer
        if node.predicate is not None:
            indices = ", ".join(done[id(index)][0] for index in node.indices)
            return f"{buffer}.vload([{indices}], predicate={done[id(node.predicate)][0]})"
        if self.dialect.infix_bits:
            return f"{buffer}[{', '.join(done[id(index)][0] for index in node.indices) or '()'}]"
        return f"{buffer}[{self.indices(node.indices)}]"

    def indices(self, indices: Sequence[PrimExpr]) -> str:
        """What stands between the brackets of an element: a ramp with a known stride is a slice.

        From 0.27 on a slice in a value is a region, so that only stores have them.
        """
        return ", ".join(map(self._index, indices)) or "()"

    def _index(self, index: PrimExpr) -> str:
        if not isinstance(index, ex.Ramp) or not isinstance(index.stride, prim.IntImm):
            return self.text(index)
        stop = binary(prim.Add, index.base, binary(prim.Mul, index.lanes, index.stride))
        step = "" if index.stride.value == 1 else f":{self.text(index.stride)}"
        return f"{self.text(index.base)}:{self.text(stop)}{step}"

    def region(self, region: BufferRegion) -> str:
        """A box of a buffer: ``A[i, 0:4]``."""
        buffer = self.buffer(region.buffer)
        parts = [
            self.text(item.min) if is_one(item.extent) else f"{self.text(item.min)}:{self.stop(item)}"
            for item in region.region
        ]
        return f"{buffer}[{', '.join(parts) or '()'}]"

    def stop(self, item: ex.Range) -> str:
        """The end of a range."""
        return self.text(binary(prim.Add, item.min, item.extent))

    def _reduce(self, node: ex.Reduce) -> str:
        combiner = self._combiner(node.combiner)
        parts = {
            "source": self.value(node.source),
            "init": self.value(node.init),
            "axis": self.value(node.axis),
            "condition": self.text(node.condition),
            "value_index": str(node.value_index),
        }
        return f"T.reduce({combiner}, {', '.join(f'{key}={text}' for key, text in parts.items())})"

    def _combiner(self, node: ex.CommReducer) -> str:
        self.scopes.enter(node)
        names = [self.scopes.define(var, var.name or "v") for var in (*node.lhs, *node.rhs)]
        results = [self.text(item) for item in node.result]
        self.scopes.leave()
        body = results[0] if len(results) == 1 else tuple_text(results)
        return f"T.comm_reducer(lambda {', '.join(names)}: {body}, {self.value(node.identity_element)})"

    # ---- values of attributes

    def value(self, value: Any) -> str:
        """An attribute: a plain value, or a node."""
        if isinstance(value, bool):
            return f"T.bool({value})" if self.dialect.boxed_attrs else str(value)
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return f"T.float32({float_text(value)})" if self.dialect.boxed_attrs else float_text(value)
        if value is None:
            return "None"
        if isinstance(value, str):
            return string_text(value)
        if isinstance(value, Mapping):
            return self.mapping(cast("Mapping[Any, Any]", value))
        if isinstance(value, tuple | list):
            return f"[{', '.join(map(self.value, cast('tuple[Any, ...]', value)))}]"
        if isinstance(value, PrimExpr):
            return self.text(value)
        return self._object(value)

    def _object(self, value: Any) -> str:
        match value:
            case Buffer():
                return self.buffer(value)
            case BufferRegion():
                return self.region(value)
            case ex.IndexMap():
                return self.index_map(value)
            case ex.TargetValue():
                return f"T.target({self.value(value.config)})"
            case ex.Range():
                return f"T.Range({self.text(value.min)}, {self.stop(value)})"
            case ex.IterVar():
                parts = self.variable(value.var), self.value(value.dom), f'"{value.kind}", "{value.thread_tag}"'
                return f"T.iter_var({', '.join(parts)})"
            case GlobalVar():
                return self.function_name(value)
            case ex.CommReducer():
                return self._combiner(value)
            case Node() | _:
                raise fail(codes.UNPRINTABLE, f"an attribute of type {type(value).__name__} has no text")

    def mapping(self, items: Mapping[Any, Any]) -> str:
        """A dictionary; its keys in order when all are strings."""
        keys = sorted(items) if all(isinstance(key, str) for key in items) else list(items)
        return "{" + ", ".join(f"{self.value(key)}: {self.value(items[key])}" for key in keys) + "}"

    def index_map(self, item: ex.IndexMap) -> str:
        """``T.index_map(lambda i, j: (j, i))``."""
        inverse = item.inverse_index_map
        more = "" if inverse is None else f", inverse_index_map={self._lambda(inverse)}"
        return f"T.index_map({self._lambda(item)}{more})"

    def _lambda(self, item: ex.IndexMap) -> str:
        self.scopes.enter(item)
        names = [self.scopes.define(var, var.name or "v") for var in item.initial_indices]
        body = tuple_text([self.text(index) for index in item.final_indices])
        self.scopes.leave()
        return f"lambda {', '.join(names)}: {body}"


def _rounded_away(x: PrimExpr) -> PrimExpr:
    """Rounding of halves away from zero, spelled out: T.round rounds them to even from 0.24 on."""
    whole = prim.Intrinsic("trunc", (x,), x.dtype)
    half, one = prim.FloatImm(0.5, x.dtype), prim.FloatImm(1.0, x.dtype)
    away = prim.LE(half, prim.Intrinsic("fabs", (prim.Sub(x, whole),), x.dtype))
    more = prim.Add(whole, prim.Intrinsic("copysign", (one, x), x.dtype))
    return prim.Select(away, more, whole)


def _inside(text: Text, level: int) -> str:
    return text[0] if text[1] >= level else f"({text[0]})"


def tuple_text(items: Sequence[str]) -> str:
    """A tuple, with the comma that one of one element needs."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


__all__ = ["ExpressionText", "is_zero", "tuple_text"]
