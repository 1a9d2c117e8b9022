"""Annotations of scripts: R.Tensor, R.Tuple, R.Shape, R.Prim, R.Object / R.Any, R.Callable, T.int64."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from relax_core.ir.types import (
    FuncType,
    ObjectType,
    PrimType,
    ShapeType,
    TensorType,
    TupleType,
    Type,
)
from relax_core.text.script import MAX_NESTING, Script, dotted
from relax_core.types.leaves import EXTERN
from tensor_core import codes, dtypes, prim
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape, as_dim

# Names of element types in other releases than the one this program's names come from.
_DTYPES = {"float8_e4m3fn": "e4m3_float8", "float8_e5m2": "e5m2_float8"}
_VECTOR_TYPES = {"handle"}


def read_dtype(script: Script, node: ast.AST, value: Any) -> str:
    """The element type a string names; empty for "" and "void", which say that it is not known."""
    if value in ("", "void"):
        return ""
    if isinstance(value, str) and (dtypes.is_known(value) or value in _VECTOR_TYPES):
        return _DTYPES.get(value, value)
    raise script.error(node, codes.BAD_LITERAL, f"not an element type: {value!r}")


@dataclass(frozen=True, slots=True)
class _Written:
    """A type as it stands in the text: its arguments, and how deep it is inside others."""

    script: Script
    node: ast.expr
    args: list[ast.expr]
    keywords: dict[str, ast.expr]
    depth: int

    def bound(self, names: tuple[str, ...]) -> dict[str, ast.expr]:
        """The arguments by parameter name."""
        if len(self.args) > len(names):
            raise self.script.error(self.args[len(names)], codes.ARITY, f"at most {len(names)} arguments expected")
        result = dict(zip(names, self.args, strict=False))
        for key, value in self.keywords.items():
            if key not in names or key in result:
                raise self.script.error(value, codes.SYNTAX, f"unexpected argument {key}")
            result[key] = value
        return result


class TypeReader:
    """Reads annotations. ``scalar`` reads a dimension's expression, ``quoted`` one that stood in a string, ``named``
    gives what a name from around the text stands for.
    """

    def __init__(
        self,
        script: Script,
        scalar: Callable[[ast.expr], PrimExpr],
        quoted: Callable[[ast.expr], PrimExpr],
        named: Callable[[ast.Name], object] = lambda _: None,
    ) -> None:
        self._script = script
        self._scalar = scalar
        self._quoted = quoted
        self._named = named
        self._strings: dict[str, ast.expr] = {}

    def type(self, node: ast.expr, depth: int = 0) -> Type:
        """The type an annotation says."""
        if depth > MAX_NESTING:
            raise self._script.error(node, codes.LIMIT, "the type nests too deep")
        if isinstance(node, ast.Constant) and node.value is None:
            return TupleType(())
        if isinstance(node, ast.Name):
            known = self._named(node)
            if isinstance(known, Type):
                return known
        call = node if isinstance(node, ast.Call) else None
        name = dotted(call.func if call else node)
        args = list(call.args) if call else []
        keywords = {item.arg: item.value for item in call.keywords if item.arg} if call else {}
        if name.startswith("T.") and dtypes.is_known(name[2:]) and not args:
            return PrimType(_DTYPES.get(name[2:], name[2:]))
        read = _KINDS.get(name)
        if read is None or (call and len(keywords) < len(call.keywords)):
            raise self._script.error(node, codes.SYNTAX, 'expected a type, such as R.Tensor((2, 3), dtype="float32")')
        return read(self, _Written(self._script, node, args, keywords, depth))

    def dim(self, node: ast.expr) -> Dim:
        """One dimension: an expression, or a string that holds one."""
        if type(node) is ast.Constant:
            if type(node.value) is int and node.value < 1 << 63:
                return node.value
            if isinstance(node.value, str):
                return self._integer(node, self._quoted(self._inside(node, node.value)))
        return self._integer(node, self._scalar(node))

    def _integer(self, node: ast.expr, value: PrimExpr) -> Dim:
        if not dtypes.is_int(value.dtype):
            raise self._script.error(node, codes.TYPE_MISMATCH, f"a dimension is an integer, this is a {value.dtype}")
        if isinstance(value, prim.IntImm) and not -(1 << 63) <= value.value < 1 << 63:
            raise self._script.error(node, codes.BAD_LITERAL, f"{value.value} does not fit int64")
        return as_dim(value)

    def dims(self, node: ast.expr) -> Shape:
        """Dimensions in a tuple or list."""
        if isinstance(node, ast.Name):
            known = self._named(node)
            if isinstance(known, tuple | list):
                return tuple([self._integer(node, self._lifted(node, item)) for item in cast("list[object]", known)])
        if not isinstance(node, ast.Tuple | ast.List):
            raise self._script.error(node, codes.SYNTAX, "expected a tuple of dimensions")
        return tuple([self.dim(item) for item in node.elts])

    def _lifted(self, node: ast.expr, value: object) -> PrimExpr:
        if isinstance(value, int):
            return prim.IntImm(int(value))
        if not isinstance(value, PrimExpr):
            raise self._script.error(node, codes.TYPE_MISMATCH, "expected dimensions")
        return value

    def _inside(self, node: ast.Constant, text: str) -> ast.expr:
        """The expression in a string; errors in it point at the string."""
        found = self._strings.get(text)
        if found is None:
            try:
                found = ast.parse(text.strip(), mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                raise self._script.error(node, codes.SYNTAX, f"not a dimension: {text!r}") from None
            self._strings[text] = found
        for item in ast.walk(found):
            if isinstance(item, ast.expr):
                ast.copy_location(item, node)
        return found

    def tensor(self, written: _Written) -> Type:
        """R.Tensor(shape, dtype, ndim=...), each part optional; a lone string is the dtype."""
        values = written.bound(("shape", "dtype", "vdevice", "ndim"))
        shape, dtype = values.get("shape"), values.get("dtype")
        if isinstance(shape, ast.Constant) and isinstance(shape.value, str):
            shape, dtype = None, shape
        if "vdevice" in values and not _is_none(values["vdevice"]):
            self._script.unsupported(values["vdevice"], "tensors bound to a device (vdevice) are not read")
        element = "" if dtype is None or _is_none(dtype) else read_dtype(self._script, dtype, _constant(dtype))
        if shape is None or _is_none(shape):
            return TensorType(None, element, ndim=self._ndim(values.get("ndim")))
        return TensorType(self.dims(shape), element)

    def tuple(self, written: _Written) -> Type:
        """R.Tuple(types...), or of a tuple or list of types."""
        args = written.args
        if written.keywords:
            raise self._script.error(written.node, codes.SYNTAX, "R.Tuple takes no keywords")
        if len(args) == 1 and isinstance(args[0], ast.Tuple | ast.List):
            args = args[0].elts
        return TupleType(tuple([self.type(item, written.depth + 1) for item in args]))

    def shape(self, written: _Written) -> Type:
        """R.Shape([dimensions]) or R.Shape(ndim=n)."""
        values = written.bound(("values", "ndim"))
        if "values" in values and not _is_none(values["values"]):
            return ShapeType(self.dims(values["values"]))
        return ShapeType(None, self._ndim(values.get("ndim")))

    def prim(self, written: _Written) -> Type:
        """R.Prim(dtype), or R.Prim(value=expression)."""
        values = written.bound(("dtype", "value"))
        if "value" in values:
            value = values["value"]
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found = self._quoted(self._inside(value, value.value))
            else:
                found = self._scalar(value)
            plain = found.dtype != "bool" and found.dtype.startswith("int")
            return PrimType(found.dtype, as_dim(found) if plain else None)
        if "dtype" in values:
            return PrimType(read_dtype(self._script, values["dtype"], _constant(values["dtype"])))
        raise self._script.error(written.node, codes.SYNTAX, "R.Prim needs a dtype or a value")

    def object(self, written: _Written) -> Type:
        """R.Object, R.Any."""
        if written.args or written.keywords:
            raise self._script.error(written.node, codes.SYNTAX, "this type takes no arguments")
        return ObjectType()

    def callable(self, written: _Written) -> Type:
        """R.Callable((parameters,), result, purity), or R.Callable for any function."""
        values = written.bound(("params", "ret", "purity"))
        pure = _constant(values["purity"]) if "purity" in values else None
        if pure is not None and not isinstance(pure, bool):
            raise self._script.error(values["purity"], codes.SYNTAX, "expected True or False")
        params = values.get("params")
        if params is None or _is_none(params):
            return EXTERN
        if not isinstance(params, ast.Tuple | ast.List):
            raise self._script.error(params, codes.SYNTAX, "expected a tuple of types")
        ret = self.type(values["ret"], written.depth + 1) if "ret" in values else TupleType(())
        return FuncType(tuple([self.type(item, written.depth + 1) for item in params.elts]), ret, pure is not False)

    def _ndim(self, node: ast.expr | None) -> int:
        if node is None:
            return -1
        value = _constant(node)
        if type(value) is not int or not -1 <= value <= 1 << 16:
            raise self._script.error(node, codes.BAD_LITERAL, "expected a number of dimensions")
        return value


_KINDS: dict[str, Callable[[TypeReader, _Written], Type]] = {
    "R.Tensor": TypeReader.tensor,
    "R.Tuple": TypeReader.tuple,
    "R.Shape": TypeReader.shape,
    "R.Prim": TypeReader.prim,
    "R.Object": TypeReader.object,
    "R.Any": TypeReader.object,
    "R.Callable": TypeReader.callable,
}


def is_type(node: ast.expr) -> bool:
    """Whether an expression reads as a type."""
    return dotted(node.func if isinstance(node, ast.Call) else node) in _KINDS


def _constant(node: ast.expr) -> Any:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return -node.operand.value if isinstance(node.operand.value, int | float) else None
    return node.value if isinstance(node, ast.Constant) else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
