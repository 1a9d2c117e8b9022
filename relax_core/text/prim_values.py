"""Expressions of tensor programs in scripts: scalars, elements and boxes of buffers, attributes, calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from relax_core.text.script import Script, dotted, expression
from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import GlobalVar
from tensor_core.node import Node
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import make
from tensor_core.tir.buffer import SCALAR, Buffer, BufferRegion
from tensor_core.tir.ranges import between, lanes_between
from tensor_core.tir.stmt import is_one

Value = Any
"""What an expression stands for: a Python number, string, list, dictionary, a scalar expression, a buffer, a region."""

_OPERATORS: Mapping[type[ast.operator], type[prim.Binary]] = {
    ast.Add: prim.Add,
    ast.Sub: prim.Sub,
    ast.Mult: prim.Mul,
    ast.Div: prim.Div,
    ast.FloorDiv: prim.FloorDiv,
    ast.Mod: prim.FloorMod,
}
_BITS: Mapping[type[ast.operator], str] = {
    ast.LShift: "shift_left",
    ast.RShift: "shift_right",
    ast.BitAnd: "bitwise_and",
    ast.BitOr: "bitwise_or",
    ast.BitXor: "bitwise_xor",
}
_COMPARE: Mapping[type[ast.cmpop], type[prim.Binary]] = {
    ast.Eq: prim.EQ,
    ast.NotEq: prim.NE,
    ast.Lt: prim.LT,
    ast.LtE: prim.LE,
    ast.Gt: prim.GT,
    ast.GtE: prim.GE,
}
_WIDEST = 1 << 64


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


class PrimValues:
    """Evaluates expressions by a walk over their syntax tree; nothing of the script runs and depth is no limit.

    ``names`` are the variables, buffers and values in scope.
    """

    def __init__(self, script: Script, release: tuple[int, int], functions: Mapping[str, GlobalVar]) -> None:
        self.script = script
        self.release = release
        self.functions = functions
        self.names: dict[str, Value] = {}
        self.outer: Mapping[str, object] = {}

    # ---- entry points

    def expr(self, node: ast.expr, dtype: str | None = None) -> PrimExpr:
        """A scalar or vector expression; a lone Python number takes ``dtype``, or int32 / float32."""
        return self.lift(self.value(node), node, dtype)

    def lift(self, value: Value, node: ast.AST, dtype: str | None = None) -> PrimExpr:
        """A value as an expression."""
        if isinstance(value, PrimExpr):
            return value
        if isinstance(value, bool):
            return IntImm(int(value), "bool")
        if isinstance(value, int | float):
            return self._number(value, node, dtype)
        if isinstance(value, str):
            return prim.StringImm(value)
        if isinstance(value, BufferRegion):
            return self._load_region(value)
        if isinstance(value, ex.IterVar):
            return value.var
        if isinstance(value, Buffer) and self.is_scalar(value):
            return ex.BufferLoad(value, (IntImm(0, "int32"),))
        raise self.script.error(node, codes.SYNTAX, "expected a scalar expression")

    def _number(self, value: float, node: ast.AST, dtype: str | None) -> PrimExpr:
        if isinstance(value, float):
            return prim.FloatImm(value, dtype if dtype and dtypes.is_float(dtype) else "float32")
        if value >= _WIDEST:
            raise self.script.error(node, codes.BAD_LITERAL, f"{value} is larger than any integer type")
        if dtype is not None and (dtypes.is_float(dtype) or dtypes.is_int(dtype) or dtype == "bool"):
            return prim.const(value, dtype)
        return IntImm(value, "int32" if -(1 << 31) <= value < 1 << 31 else "int64")

    def is_scalar(self, buffer: Buffer) -> bool:
        """Whether the name of a buffer stands for its only element (0.25 on)."""
        return buffer.layout == SCALAR

    def attribute(self, node: ast.expr) -> Value:
        """The value of an attribute: plain where a plain value says the same."""
        return self.plain(self.value(node), node)

    def plain(self, value: Value, node: ast.AST) -> Value:
        """A value as attributes hold it."""
        if isinstance(value, list | tuple):
            return tuple([self.plain(item, node) for item in cast("list[Value]", value)])
        if isinstance(value, dict):
            return {key: self.plain(item, node) for key, item in cast("dict[str, Value]", value).items()}
        if self.release < (0, 20):
            # All numbers among attributes are constants there.
            if isinstance(value, IntImm) and value.dtype == "bool":
                return bool(value.value)
            if isinstance(value, prim.FloatImm) and value.dtype == "float32":
                return value.value
        if isinstance(value, BufferRegion):
            return self._load_region(value)
        return value

    # ---- the walk

    def value(self, root: ast.expr) -> Value:
        """What an expression stands for."""
        if type(root) is ast.Constant:
            return self._constant(root)
        if type(root) is ast.Name:
            return self._name(root)
        done: dict[int, Value] = {}
        stack: list[tuple[ast.expr, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                done[id(node)] = self._combine(node, lambda part: done[id(part)])
                continue
            match node:
                case ast.Constant():
                    done[id(node)] = self._constant(node)
                case ast.Name():
                    done[id(node)] = self._name(node)
                case ast.Lambda():
                    done[id(node)] = node
                case _:
                    stack.append((node, True))
                    stack += [(part, False) for part in reversed(list(self._parts(node)))]
        return done[id(root)]

    def _parts(self, node: ast.expr) -> Iterator[ast.expr]:
        match node:
            case ast.BinOp():
                yield from (node.left, node.right)
            case ast.UnaryOp():
                yield node.operand
            case ast.Compare():
                yield from (node.left, *node.comparators)
            case ast.BoolOp():
                yield from node.values
            case ast.Call():
                if isinstance(node.func, ast.Attribute) and not self._is_namespace(node.func):
                    yield node.func.value
                yield from node.args
                yield from (keyword.value for keyword in node.keywords)
            case ast.Subscript():
                yield node.value
                yield from (part for item in _items(node.slice) for part in _bounds(item))
            case ast.Attribute():
                if not self._is_namespace(node):
                    yield node.value
            case ast.Tuple() | ast.List():
                yield from node.elts
            case ast.Dict():
                for key, value in zip(node.keys, node.values, strict=True):
                    if key is None:
                        self.script.unsupported(node, "dictionaries are not unpacked")
                    yield from (key, value)
            case ast.IfExp():
                yield from (node.test, node.body, node.orelse)
            case _:
                self.script.unsupported(node, f"{type(node).__name__} expressions are not read in tensor programs")

    def _is_namespace(self, node: ast.Attribute) -> bool:
        """Whether a dotted name is one of T, I, the module or the runtime, and no attribute of a value."""
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        return isinstance(inner, ast.Name) and inner.id not in self.names

    def _combine(self, node: ast.expr, of: Callable[[ast.expr], Value]) -> Value:
        match node:
            case ast.BinOp():
                return self._operator(node, of(node.left), of(node.right))
            case ast.UnaryOp():
                return self._unary(node, of(node.operand))
            case ast.Compare():
                return self._comparison(node, [of(item) for item in (node.left, *node.comparators)])
            case ast.BoolOp():
                kind = prim.And if isinstance(node.op, ast.And) else prim.Or
                values = [self.lift(of(item), item) for item in node.values]
                result = values[0]
                for item in values[1:]:
                    result = kind(result, item)
                return result
            case ast.Call():
                return self._call(node, of)
            case ast.Subscript():
                return self._subscript(node, of)
            case ast.Attribute():
                return self.type_name(node) if self._is_namespace(node) else self._member(node, of(node.value))
            case ast.Tuple():
                return tuple([of(item) for item in node.elts])
            case ast.List():
                return [of(item) for item in node.elts]
            case ast.Dict():
                keys = [of(cast(ast.expr, key)) for key in node.keys]
                return dict(zip(keys, (of(item) for item in node.values), strict=True))
            case ast.IfExp():
                test = of(node.test)
                if isinstance(test, bool):
                    return of(node.body) if test else of(node.orelse)
                a, b = self.pair(of(node.body), of(node.orelse), node)
                return prim.Select(self.lift(test, node.test), a, b, guards=True)
            case _:
                raise AssertionError(type(node).__name__)

    # ---- leaves

    def _constant(self, node: ast.Constant) -> Value:
        if node.value is None or isinstance(node.value, bool | int | float | str):
            return node.value
        raise self.script.error(node, codes.BAD_LITERAL, "this literal is not read in tensor programs")

    def _name(self, node: ast.Name) -> Value:
        if node.id in self.names:
            return self.names[node.id]
        if isinstance(self.outer.get(node.id), int | float | str | tuple | list | dict | Node):
            return self.outer[node.id]
        if node.id == "metadata":
            problem = "metadata of tensor programs is not read"
            raise self.script.error(node, codes.BAD_METADATA, problem, "print the script without a section")
        raise self.script.error(node, codes.UNDEFINED_NAME, f"undefined name {node.id}")

    # ---- operators

    def _operator(self, node: ast.BinOp, left: Value, right: Value) -> Value:
        if isinstance(left, int | float) and isinstance(right, int | float):
            return self._python(node, left, right)
        a, b = self.pair(left, right, node)
        name = _BITS.get(type(node.op))
        if name is not None:
            return prim.Intrinsic(name, (a, b), a.dtype)
        kind = _OPERATORS.get(type(node.op))
        if kind is None:
            self.script.unsupported(node, f"the operator {type(node.op).__name__} is not read in tensor programs")
        if kind is prim.Div and dtypes.is_int(a.dtype):
            raise self.script.error(node, codes.TYPE_MISMATCH, f"the operator / is not defined on {a.dtype}")
        return make.binary(kind, a, b)

    def _python(self, node: ast.BinOp, left: float, right: float) -> Value:
        try:
            match node.op:
                case ast.Add():
                    return left + right
                case ast.Sub():
                    return left - right
                case ast.Mult():
                    return left * right
                case ast.Div():
                    return left / right
                case ast.FloorDiv():
                    return left // right
                case ast.Mod():
                    return left % right
                case _:
                    self.script.unsupported(node, f"the operator {type(node.op).__name__} is not read on numbers")
        except (ZeroDivisionError, OverflowError) as error:
            raise self.script.error(node, codes.BAD_LITERAL, f"these numbers have no result: {error}") from None

    def pair(self, left: Value, right: Value, node: ast.AST) -> tuple[PrimExpr, PrimExpr]:
        """Both operands in one type."""
        a, b = make.matched(self.lift(left, node), self.lift(right, node))
        if a.dtype != b.dtype:
            message = f"operands have different types: {a.dtype} and {b.dtype}"
            raise self.script.error(node, codes.TYPE_MISMATCH, message)
        return a, b

    def _unary(self, node: ast.UnaryOp, operand: Value) -> Value:
        match node.op:
            case ast.USub():
                return -operand if isinstance(operand, int | float) else make.negated(self.lift(operand, node))
            case ast.UAdd():
                return operand
            case ast.Not():
                return prim.Not(self.lift(operand, node))
            case _:
                value = self.lift(operand, node)
                return prim.Intrinsic("bitwise_not", (value,), value.dtype)

    def _comparison(self, node: ast.Compare, values: Sequence[Value]) -> Value:
        parts: list[PrimExpr] = []
        for operator, left, right in zip(node.ops, values, values[1:], strict=False):
            kind = _COMPARE.get(type(operator))
            if kind is None:
                self.script.unsupported(node, f"the operator {type(operator).__name__} is not read in tensor programs")
            parts.append(kind(*self.pair(left, right, node)))
        result = parts[0]
        for part in parts[1:]:
            result = prim.And(result, part)
        return result

    # ---- buffers

    def _subscript(self, node: ast.Subscript, of: Callable[[ast.expr], Value]) -> Value:
        base = of(node.value)
        items = _items(node.slice)
        if isinstance(base, Buffer):
            return self._element(node, base, items, of)
        if isinstance(base, tuple | list | dict) and len(items) == 1:
            try:
                return cast(Any, base)[of(items[0])]
            except (IndexError, KeyError, TypeError):
                raise self.script.error(node, codes.ARITY, "there is no such element") from None
        raise self.script.error(node, codes.SYNTAX, "only buffers are indexed")

    def _element(
        self, node: ast.Subscript, buffer: Buffer, items: list[ast.expr], of: Callable[[ast.expr], Value]
    ) -> Value:
        if len(items) > len(buffer.shape):
            message = f"{buffer.name} has {len(buffer.shape)} dimensions, indexed with {len(items)}"
            raise self.script.error(node, codes.ARITY, message)
        plain = [item for item in items if not isinstance(item, ast.Slice)]
        steps = [item for item in items if isinstance(item, ast.Slice) and item.step is not None]
        if len(plain) == len(items) == len(buffer.shape) or steps:
            return ex.BufferLoad(buffer, tuple([self._lane(buffer, place, item, of) for place, item in _at(items)]))
        found = [self._range(buffer, place, item, of) for place, item in _at(items)]
        found += [ex.range_of(dim) for dim in buffer.shape[len(items) :]]
        return BufferRegion(buffer, tuple(found))

    def _range(self, buffer: Buffer, place: int, item: ast.expr, of: Callable[[ast.expr], Value]) -> ex.Range:
        if not isinstance(item, ast.Slice):
            index = self.lift(of(item), item)
            return ex.Range(index, IntImm(1, index.dtype if index.dtype.startswith("int") else "int32"))
        extent = buffer.shape[place]
        start = IntImm(0, extent.dtype) if item.lower is None else self.lift(of(item.lower), item.lower)
        return between(start, extent if item.upper is None else self.lift(of(item.upper), item.upper))

    def _lane(self, buffer: Buffer, place: int, item: ast.expr, of: Callable[[ast.expr], Value]) -> PrimExpr:
        if not isinstance(item, ast.Slice):
            return self.lift(of(item), item)
        extent = buffer.shape[place]
        start = IntImm(0, extent.dtype) if item.lower is None else self.lift(of(item.lower), item.lower)
        stop = extent if item.upper is None else self.lift(of(item.upper), item.upper)
        step = IntImm(1, start.dtype) if item.step is None else self.lift(of(item.step), item.step, start.dtype)
        count = lanes_between(start, stop, step)
        return start if is_one(count) else ex.Ramp(start, step, count)

    def _load_region(self, region: BufferRegion) -> PrimExpr:
        indices = [
            item.min if is_one(item.extent) else ex.Ramp(item.min, IntImm(1, item.min.dtype), _int32(item.extent))
            for item in region.region
        ]
        return ex.BufferLoad(region.buffer, tuple(indices))

    def target(self, node: ast.Subscript) -> tuple[Buffer, tuple[PrimExpr, ...]]:
        """The element that an assignment stores to."""
        value = self.value(node)
        if isinstance(value, BufferRegion):
            value = self._load_region(value)
        if not isinstance(value, ex.BufferLoad):
            raise self.script.error(node, codes.SYNTAX, "expected an element of a buffer")
        return value.buffer, value.indices

    def _member(self, node: ast.Attribute, base: Value) -> Value:
        if isinstance(base, Buffer) and node.attr in ("data", "shape", "strides", "elem_offset", "dtype", "name"):
            return getattr(base, node.attr)
        if isinstance(base, Buffer) and node.attr == "buffer":
            return base
        if node.attr == "ty" and not isinstance(base, PrimExpr | Buffer):
            return base
        if isinstance(base, PrimExpr) and node.attr == "dtype":
            return base.dtype
        if isinstance(base, ex.IterVar) and node.attr == "var":
            return base.var
        raise self.script.error(node, codes.SYNTAX, f"the attribute {node.attr} is not read here")

    # ---- what the part above this one adds

    def type_name(self, node: ast.Attribute) -> Value:
        """A dotted name of the T namespace that is no call: an element type."""
        raise NotImplementedError

    def _call(self, node: ast.Call, of: Callable[[ast.expr], Value]) -> Value:
        keywords = {keyword.arg or "": of(keyword.value) for keyword in node.keywords}
        args = [of(item) for item in node.args]
        if isinstance(node.func, ast.Attribute) and not self._is_namespace(node.func):
            return self.method(node, node.func.attr, of(node.func.value), args, keywords)
        return self.call(node, dotted(node.func), args, keywords)

    def method(self, node: ast.Call, name: str, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
        """A call of a method of a value."""
        raise NotImplementedError

    def call(self, node: ast.Call, function: str, args: list[Value], keywords: dict[str, Value]) -> Value:
        """A call of a function by its dotted name."""
        raise NotImplementedError

    def quoted(self, node: ast.expr, text: str, scope: Mapping[str, Value] | None = None) -> PrimExpr:
        """A dimension that an annotation writes as a string."""
        try:
            tree = expression(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self.script.error(node, codes.SYNTAX, f"not an expression: {text!r}") from None
        for part in ast.walk(tree):
            ast.copy_location(part, node)
        before = self.names
        self.names = {**before, **(scope or {})}
        try:
            return self.expr(tree)
        finally:
            self.names = before


def listed(value: Value) -> list[Value]:
    """The elements of a list or tuple; another value is a list of itself."""
    return list(cast("list[Value]", value)) if isinstance(value, list | tuple) else [value]


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _at(items: list[ast.expr]) -> Iterator[tuple[int, ast.expr]]:
    return iter(enumerate(items))


def _bounds(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Slice):
        yield from (part for part in (node.lower, node.upper, node.step) if part is not None)
    else:
        yield node


def _int32(expr: PrimExpr) -> PrimExpr:
    return IntImm(expr.value, "int32") if isinstance(expr, IntImm) else expr


__all__ = ["DiagnosticError", "PrimValues", "Value"]
