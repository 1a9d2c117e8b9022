"""Kernels as TVMScript, in the part of it without scheduling blocks that every release from 0.19 on parses."""

from __future__ import annotations

import keyword
import math
import re
import struct
from collections.abc import Sequence
from typing import Any

from tensor_core import codes, dtypes, prim, shapes
from tensor_core.diagnostics import fail
from tensor_core.loops.nodes import Block, Buffer, Combiner, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.loops.rewrite import expressions, operands
from tensor_core.loops.simplify import simplified
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim

_INFIX: dict[type[prim.Binary], str] = {
    prim.Add: "+", prim.Sub: "-", prim.Mul: "*", prim.EQ: "==", prim.NE: "!=", prim.LT: "<", prim.LE: "<=",
}  # fmt: skip
_CALLS: dict[type[prim.Binary], str] = {prim.Min: "T.min", prim.Max: "T.max", prim.And: "T.And", prim.Or: "T.Or"}
_ON_BOOLS: dict[type[prim.Binary], str] = {
    prim.Min: "T.And({a}, {b})",
    prim.Max: "T.Or({a}, {b})",
    prim.EQ: "T.Or(T.And({a}, {b}), T.Not(T.Or({a}, {b})))",
    prim.NE: "T.And(T.Or({a}, {b}), T.Not(T.And({a}, {b})))",
    prim.LT: "T.And(T.Not({a}), {b})",
    prim.LE: "T.Or(T.Not({a}), {b})",
}
_ON_BOOL_ELEMENTS = {Combiner.MAX: Combiner.ANY, Combiner.MIN: Combiner.ALL}
_RESERVED = {"T", "R", "I", "Module", "cls", "tvm", *keyword.kwlist, *keyword.softkwlist}
_FLOAT32_MAX = 3.4028234663852886e38
_LONGEST = 200_000
_ROUND_CHANGED = (0, 24)


def print_prim_func(func: PrimFunc, target: str, name: str) -> list[str]:
    """The lines of a private ``@T.prim_func`` called ``name``, unindented, as TVM release ``target`` parses it.

    Symbolic shapes are stated with ``T.match_buffer``; integer arguments (``func.scalars``) stand before the outputs.
    R2R0604 when an expression cannot be said.
    """
    return _Printer(simplified(func), tuple(int(part) for part in target.split("."))).lines(name)


class _Printer:
    def __init__(self, func: PrimFunc, release: tuple[int, ...]) -> None:
        self._func = func
        self._release = release
        self._taken: set[str] = set(_RESERVED)
        self._names: dict[object, str] = {}
        self._lines: list[str] = []
        self._depth = 1

    # ------------------------------------------------------------ names

    def _name(self, item: Buffer | Var) -> str:
        known = self._names.get(item)
        if known is None:
            base = re.sub(r"\W", "_", item.name) or "v"
            if base[0].isdigit():
                base = "v" + base
            known, count = base, 0
            while known in self._taken:
                count += 1
                known = f"{base}_{count}"
            self._taken.add(known)
            self._names[item] = known
        return known

    def _release_name(self, item: Var) -> None:
        # A loop variable's name is free again after its loop.
        self._taken.discard(self._names.pop(item))

    # ------------------------------------------------------------ function

    def lines(self, name: str) -> list[str]:
        func = self._func
        self._taken.add(name)
        sizes = [var for b in func.params for dim in b.shape for var in shapes.free_vars(dim)]
        variables = list(dict.fromkeys(v for v in sizes if v not in func.scalars))
        count = len(func.params) - func.outputs
        symbolic = [buffer for buffer in func.params if not shapes.is_static(buffer.shape)]
        handles = {buffer: self._handle(buffer) for buffer in symbolic}
        arguments = [self._parameter(buffer, handles) for buffer in func.params[:count]]
        arguments += [f"{self._name(var)}: T.{var.dtype}" for var in func.scalars]
        arguments += [self._parameter(buffer, handles) for buffer in func.params[count:]]
        self._lines = ["@T.prim_func(private=True)", f"def {name}({', '.join(arguments)}):"]
        for var in variables:
            self._line(f"{self._name(var)} = T.{var.dtype}()")
        for buffer in symbolic:
            self._line(f"{self._name(buffer)} = T.match_buffer({handles[buffer]}, {self._shape(buffer)})")
        for buffer in func.allocations:
            self._line(f"{self._name(buffer)} = T.alloc_buffer({self._shape(buffer)})")
        before = len(self._lines)
        self._statement(func.body)
        if len(self._lines) == before:
            self._line("T.evaluate(0)")
        return self._lines

    def _handle(self, buffer: Buffer) -> str:
        self._name(buffer)
        return self._name(Var(f"{buffer.name}_handle"))

    def _parameter(self, buffer: Buffer, handles: dict[Buffer, str]) -> str:
        if buffer in handles:
            return f"{handles[buffer]}: T.handle"
        return f"{self._name(buffer)}: T.Buffer({self._shape(buffer)})"

    def _shape(self, buffer: Buffer) -> str:
        dims = [self._dim(dim) for dim in buffer.shape]
        inner = f"{dims[0]}," if len(dims) == 1 else ", ".join(dims)
        return f'({inner}), "{buffer.dtype}"'

    def _dim(self, dim: Dim) -> str:
        return f"T.int64({dim})" if isinstance(dim, int) else self._text(dim)

    def _line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text)

    # ------------------------------------------------------------ statements

    def _statement(self, body: Stmt) -> None:
        match body:
            case Seq():
                for item in body.body:
                    self._statement(item)
            case Block():
                self._block(body)
            case Store():
                self._store(body.buffer, body.indices, self._text(body.value))
            case For():
                self._line(f"for {self._name(body.var)} in range({self._text(body.extent)}):")
                self._nested(body.body)
                self._release_name(body.var)
            case If():
                self._line(f"if {self._text(body.condition)}:")
                self._nested(body.then)
                if body.otherwise is not None:
                    self._line("else:")
                    self._nested(body.otherwise)
            case _:
                raise fail(codes.MALFORMED_KERNEL, f"{type(body).__name__} cannot be printed")

    def _nested(self, body: Stmt) -> None:
        self._depth += 1
        before = len(self._lines)
        self._statement(body)
        if len(self._lines) == before:
            self._line("T.evaluate(0)")
        self._depth -= 1

    def _store(self, buffer: Buffer, indices: Sequence[PrimExpr], value: str) -> None:
        self._line(f"{self._element(buffer, indices)} = {value}")

    def _element(self, buffer: Buffer, indices: Sequence[PrimExpr]) -> str:
        return f"{self._name(buffer)}[{', '.join(self._text(index) for index in indices) or '()'}]"

    def _block(self, block: Block) -> None:
        if any(axis.extent == 0 for axis in block.spatial):
            return
        depth = self._depth
        self._open(block.spatial)
        if block.combiner is None:
            self._store(block.target, block.indices, self._text(block.value))
        else:
            assert block.init is not None
            is_bool = block.target.dtype == "bool"
            self._store(block.target, block.indices, self._text(block.init))
            self._open(block.reduce)
            element = self._element(block.target, block.indices)
            combiner = _ON_BOOL_ELEMENTS.get(block.combiner, block.combiner) if is_bool else block.combiner
            self._store(block.target, block.indices, _joined(combiner, element, self._text(block.value)))
        self._depth = depth
        for axis in (*block.spatial, *block.reduce):
            self._release_name(axis.var)

    def _open(self, axes: Sequence[Any]) -> None:
        for axis in axes:
            self._line(f"for {self._name(axis.var)} in range({self._dim(axis.extent)}):")
            self._depth += 1

    # ------------------------------------------------------------ expressions

    def _text(self, root: PrimExpr) -> str:
        texts: dict[PrimExpr, str] = {}
        for node in expressions([root]):
            text = self._node(node, [texts[child] for child in operands(node)])
            if len(text) > _LONGEST:
                raise fail(codes.MALFORMED_KERNEL, f"an expression of kernel {self._func.name} is too long as text")
            texts[node] = text
        return texts[root]

    def _node(self, node: PrimExpr, args: list[str]) -> str:
        match node:
            case Var():
                return self._name(node)
            case prim.IntImm():
                return f"T.bool({bool(node.value)})" if node.dtype == "bool" else f"T.{node.dtype}({node.value})"
            case prim.FloatImm():
                return _float(node.value, node.dtype)
            case prim.Load():
                return f"{self._name(node.buffer)}[{', '.join(args) or '()'}]"
            case prim.Select():
                return f"T.{'if_then_else' if node.guards else 'Select'}({', '.join(args)})"
            case prim.Cast():
                return f'T.Cast("{node.dtype}", {args[0]})'
            case prim.Not() if _compares_floats(node):
                # TVM turns the negation of a < b into b <= a, which is something else where one is NaN.
                return f"T.Select({args[0]}, T.bool(False), T.bool(True))"
            case prim.Not():
                return f"T.Not({args[0]})"
            case prim.Intrinsic():
                return self._intrinsic(node, args)
            case prim.Binary():
                return _binary(node, args[0], args[1])
            case _:
                raise fail(codes.MALFORMED_KERNEL, f"{type(node).__name__} cannot be printed")

    def _intrinsic(self, node: prim.Intrinsic, args: list[str]) -> str:
        is_float = dtypes.is_float(node.args[0].dtype)
        match node.name:
            case "abs" | "fabs":
                return f"T.{'fabs' if is_float else 'abs'}({args[0]})"
            case "round" if self._release >= _ROUND_CHANGED:
                # From 0.24 on T.round rounds halves to even.
                whole, one = f"T.trunc({args[0]})", _float(1.0, node.dtype)
                away = f"T.fabs({args[0]} - {whole}) >= {_float(0.5, node.dtype)}"
                return f"T.Select({away}, {whole} + T.copysign({one}, {args[0]}), {whole})"
            case "fmod":
                return f"T.truncmod({', '.join(args)})"
            case "clz" | "popcount":
                return f'T.Cast("{node.dtype}", T.{node.name}({args[0]}))'
            case _:
                return f"T.{node.name}({', '.join(args)})"


def _binary(node: prim.Binary, a: str, b: str) -> str:
    code = type(node)
    if node.a.dtype == "bool" and code in _ON_BOOLS:
        # TVM compiles comparisons of bools as if they were floats.
        return _ON_BOOLS[code].format(a=a, b=b)
    if code in _INFIX:
        return f"({a} {_INFIX[code]} {b})"
    if code in _CALLS:
        return f"{_CALLS[code]}({a}, {b})"
    is_float = dtypes.is_float(node.dtype)
    match node:
        case prim.Div():
            return f"({a} / {b})" if is_float else f"T.truncdiv({a}, {b})"
        case prim.TruncMod():
            return f"T.truncmod({a}, {b})"
        case prim.FloorDiv():
            return f"T.floor({a} / {b})" if is_float else f"({a} // {b})"
        case prim.FloorMod():
            return f"({a} - T.floor({a} / {b}) * {b})" if is_float else f"({a} % {b})"
        case _:
            raise fail(codes.MALFORMED_KERNEL, f"{code.__name__} cannot be printed")


def _compares_floats(root: PrimExpr) -> bool:
    return any(isinstance(node, prim.Compare) and dtypes.is_float(node.a.dtype) for node in expressions([root]))


def _joined(combiner: Combiner, a: str, b: str) -> str:
    match combiner:
        case Combiner.SUM:
            return f"{a} + {b}"
        case Combiner.PROD:
            return f"{a} * {b}"
        case Combiner.MAX:
            return f"T.max({a}, {b})"
        case Combiner.MIN:
            return f"T.min({a}, {b})"
        case Combiner.ALL:
            return f"T.And({a}, {b})"
        case Combiner.ANY:
            return f"T.Or({a}, {b})"


def _float(value: float, dtype: str) -> str:
    if dtype == "float64" and math.isfinite(value) and abs(value) > _FLOAT32_MAX:
        # From 0.27 on a literal must fit into float32, whatever its type.
        return f'T.reinterpret("float64", T.int64({struct.unpack("<q", struct.pack("<d", value))[0]}))'
    if math.isfinite(value):
        text = repr(float(dtypes.to_numpy(dtype).type(value)))
    else:
        text = f'"{"nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}"'
    if dtype in ("float16", "float32", "float64"):
        return f"T.{dtype}({text})"
    return f'T.Cast("{dtype}", T.float32({text}))'
