"""The recorded deductions of real TVM (tests/corpus/types), as calls here and deduced types as text."""

from __future__ import annotations

import ast
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from relax_core.ir.expr import Call, Constant, DataTypeImm, Expr, PrimValue, ShapeExpr, StringImm, Tuple, Var, op
from relax_core.ir.global_info import VDevice
from relax_core.ir.types import ObjectType, PrimType, ShapeType, TensorType, TupleType, Type
from relax_core.types.deduce import deduce
from tensor_core import dtypes, prim, shapes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import PrimExpr

FOLDER = Path(__file__).resolve().parents[1] / "corpus" / "types"
DTYPES = {"f16": "float16", "f32": "float32", "f64": "float64", "i8": "int8", "i32": "int32", "i64": "int64", "_": ""}
SHORT = {name: short for short, name in DTYPES.items()}
DEVICES = {"v0": VDevice("llvm", 0, "global"), "v1": VDevice("llvm", 1, "global")}
_NAMES = {id(device): name for name, device in DEVICES.items()}


def recorded(release: str) -> Iterator[list[str]]:
    """Operator, arguments, attributes and result of every recorded case."""
    with gzip.open(FOLDER / f"{release}.tsv.gz", "rt") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")


def deduced(name: str, args: str, attrs: str, release: str) -> str:
    """What we deduce for a recorded call, as the recording writes it: `!` for a diagnostic."""
    reader = Reader()
    given = tuple(reader.argument(text) for text in split(args, " "))
    written = {key: reader.value(value) for key, value in json.loads(attrs).items()}
    call = Call(op(name), given, Attrs("", written) if written else None)
    try:
        return type_text(deduce(call, release))
    except DiagnosticError:
        return "!"


def split(text: str, by: str) -> list[str]:
    """The parts between separators that stand outside of brackets."""
    parts, depth, start = [], 0, 0
    for n, letter in enumerate(text):
        if letter in "[({":
            depth += 1
        elif letter in "])}":
            depth -= 1
        elif letter == by and not depth:
            parts.append(text[start:n])
            start = n + 1
    return [*parts, text[start:]] if text[start:] else parts


class Reader:
    """Reads the arguments of one call: the same name is the same variable."""

    def __init__(self) -> None:
        self.symbols: dict[str, prim.Var] = {}
        self.shapes: dict[str, Var] = {}

    def argument(self, text: str) -> Expr:
        if text.startswith("["):
            return Tuple(tuple(self.argument(item) for item in split(text[1:-1], ";")))
        if text.startswith("("):
            return ShapeExpr(self.dims(text[1:-1]))
        if text.startswith("#"):
            dtype, _, value = text[1:].partition(":")
            return PrimValue(self.scalar(value, dtype))
        if text.startswith("const:"):
            type_ = self.type(text[6:])
            assert isinstance(type_, TensorType)
            return Constant(np.zeros(type_.concrete_shape, dtypes.to_numpy(type_.dtype)))
        if text.startswith('"'):
            return StringImm(json.loads(text))
        if text.startswith("dtype:"):
            return DataTypeImm(text[6:])
        return Var(text[0].lower() if text[0] in "SP" else "x", self.type(text))

    def scalar(self, text: str, dtype: str) -> PrimExpr:
        if re.fullmatch(r"-?[\d.e+-]+", text):
            return prim.const(float(text) if "." in text or "e" in text else int(text), dtype)
        return shapes.as_expr(self.dim(text))

    def type(self, text: str) -> Type:
        kind, _, rest = text.partition("[")
        inner, _, device = rest.rpartition("]")
        if kind == "S":
            return self.shape_type(inner)
        if kind == "P":
            return PrimType(inner)
        dtype = DTYPES.get(kind, kind)
        vdevice = DEVICES[device[1:]] if device else None
        if inner.startswith("?"):
            return TensorType(None, dtype, vdevice, int(inner[1:] or -1))
        if inner.startswith("$"):
            name, _, own = inner[1:].partition(":")
            if name not in self.shapes:
                self.shapes[name] = Var(name, self.shape_type(own))
            return TensorType(self.shapes[name], dtype, vdevice)
        return TensorType(self.dims(inner), dtype, vdevice)

    def shape_type(self, text: str) -> ShapeType:
        return ShapeType(None, int(text[1:] or -1)) if text.startswith("?") else ShapeType(self.dims(text))

    def dims(self, text: str) -> tuple[Any, ...]:
        return tuple(self.dim(item) for item in split(text, ","))

    def dim(self, text: str) -> Any:
        return _built(ast.parse(text, mode="eval").body, self.symbols)

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return tuple(map(self.value, value))
        if isinstance(value, dict) and "map" in value:
            initial, final = value["map"]
            own = {name: prim.Var(name) for name in initial}
            ends = tuple(shapes.as_expr(_built(ast.parse(text, mode="eval").body, own)) for text in final)
            return SimpleNamespace(initial_indices=tuple(own.values()), final_indices=ends)
        if isinstance(value, dict):
            return PrimValue(prim.const(value["scalar"], value["dtype"]))
        return value


_OPERATORS = {
    ast.Add: prim.Add, ast.Sub: prim.Sub, ast.Mult: prim.Mul, ast.FloorDiv: prim.FloorDiv, ast.Mod: prim.FloorMod,
}  # fmt: skip


def _built(tree: ast.expr, symbols: dict[str, prim.Var]) -> Any:
    match tree:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name):
            return symbols.setdefault(name, prim.Var(name))
        case ast.BinOp(left=left, op=operator, right=right):
            sides = (shapes.as_expr(_built(left, symbols)), shapes.as_expr(_built(right, symbols)))
            return _OPERATORS[type(operator)](*sides)
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=[a, b]):
            make = prim.Min if name == "min" else prim.Max
            return make(shapes.as_expr(_built(a, symbols)), shapes.as_expr(_built(b, symbols)))
        case _:
            raise ValueError(ast.dump(tree))


def type_text(type_: Type) -> str:
    """A type as the recording writes it."""
    match type_:
        case TensorType():
            if type_.dims is not None:
                inner = ",".join(map(dim_text, type_.dims))
            elif isinstance(type_.shape, Var):
                own = type_.shape.ty
                assert isinstance(own, ShapeType)
                inner = f"${type_.shape.name}:{type_text(own)[2:-1]}"
            else:
                inner = f"?{type_.ndim if type_.ndim >= 0 else ''}"
            device = f"@{_NAMES[id(type_.vdevice)]}" if type_.vdevice is not None else ""
            return f"{SHORT.get(type_.dtype, type_.dtype)}[{inner}]{device}"
        case ShapeType():
            if type_.values is not None:
                return f"S[{','.join(map(dim_text, type_.values))}]"
            return f"S[?{type_.ndim if type_.ndim >= 0 else ''}]"
        case PrimType():
            value = "" if type_.value is None else f"={dim_text(type_.value)}"
            return f"P[{type_.dtype}{value}]"
        case TupleType():
            return "{" + ";".join(map(type_text, type_.fields)) + "}"
        case ObjectType():
            return "O"
        case _:
            return type(type_).__name__


_SYMBOLS = {"LT": "<", "LE": "<=", "EQ": "==", "NE": "!=", "And": "&", "Or": "|"}


def dim_text(item: Any) -> str:
    """A dimension with all its parentheses."""
    match item:
        case int():
            return str(int(item))
        case prim.IntImm() | prim.FloatImm():
            return str(item.value)
        case prim.Var():
            return item.name
        case prim.Min() | prim.Max():
            return f"{item.symbol}({dim_text(item.a)},{dim_text(item.b)})"
        case prim.Binary():
            return f"({dim_text(item.a)}{_SYMBOLS.get(type(item).__name__, item.symbol)}{dim_text(item.b)})"
        case prim.Cast():
            return f"cast({dim_text(item.value)})"
        case prim.Select():
            name = "if_then_else" if item.guards else "select"
            return f"{name}({dim_text(item.condition)},{dim_text(item.a)},{dim_text(item.b)})"
        case _:
            return repr(item)
