"""Annotations of scripts: R.Tensor, R.Tuple, R.Shape, R.Prim, R.Object / R.Any, R.Callable, T.int64."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from relax_core.builtins.derivations import DERIVATIONS, Derivation
from relax_core.ir.distributed import DeviceMesh, DTensorType, Placement
from relax_core.ir.expr import Expr
from relax_core.ir.global_info import VDevice
from relax_core.ir.types import (
    FuncType,
    ObjectType,
    PrimType,
    ShapeType,
    TensorType,
    TupleType,
    Type,
)
from relax_core.text.script import MAX_NESTING, Script, dotted, expression
from tensor_core import codes, dtypes, prim
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim, Shape, as_dim

# Names of element types in other releases than the one this program's names come from.
_DTYPES = {"float8_e4m3fn": "e4m3_float8", "float8_e5m2": "e5m2_float8"}
_VECTOR_TYPES = {"handle"}
_SHOWN = 60
_PLACE = re.compile(r"(\w+)\[(\d{1,6})\]")


def read_dtype(script: Script, node: ast.AST, value: Any) -> str:
    """The element type a string names; empty for "" and "void", which say that it is not known."""
    if value in ("", "void"):
        return ""
    if isinstance(value, str) and (dtypes.is_known(value) or value in _VECTOR_TYPES):
        return _DTYPES.get(value, value)
    if isinstance(value, str) and value in dtypes.ALIASES:
        return dtypes.ALIASES[value]
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
    gives what a name from around the text stands for, ``shape`` reads a shape that is no tuple of dimensions; ``infos``
    is the module's global information.
    """

    def __init__(
        self,
        script: Script,
        scalar: Callable[[ast.expr], PrimExpr],
        quoted: Callable[[ast.expr], PrimExpr],
        named: Callable[[ast.expr], object],
        shape: Callable[[ast.expr], Expr],
        infos: Mapping[str, list[Any]],
    ) -> None:
        self._script = script
        self._scalar = scalar
        self._quoted = quoted
        self._named = named
        self._shape = shape
        self._infos = infos
        self._strings: dict[str, ast.expr] = {}

    def type(self, node: ast.expr, depth: int = 0) -> Type:
        """The type an annotation says."""
        if depth > MAX_NESTING:
            raise self._script.error(node, codes.LIMIT, "the type nests too deep")
        if isinstance(node, ast.Constant) and node.value is None:
            return TupleType(())
        if isinstance(node, ast.Name | ast.Attribute):
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
                found = expression(text.strip())
            except (RecursionError, MemoryError):
                raise self._script.error(node, codes.LIMIT, "a dimension nests too deep") from None
            except (SyntaxError, ValueError):
                shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
                raise self._script.error(node, codes.SYNTAX, f"not a dimension: {shown!r}") from None
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
        where = values.get("vdevice")
        device = None if where is None or _is_none(where) else self.device(where)
        element = "" if dtype is None or _is_none(dtype) else read_dtype(self._script, dtype, _constant(dtype))
        if shape is None or _is_none(shape):
            return TensorType(None, element, device, self._ndim(values.get("ndim")))
        return TensorType(self._extent(shape), element, device)

    def _extent(self, node: ast.expr) -> Shape | Expr:
        """A tensor's shape: dimensions, or a variable of shape type."""
        if isinstance(node, ast.Tuple | ast.List):
            return self.dims(node)
        if isinstance(node, ast.Name) and isinstance(self._named(node), tuple | list):
            return self.dims(node)
        return self._shape(node)

    def device(self, node: ast.expr) -> VDevice:
        """The virtual device that ``"llvm:0"`` names: the kind of its target, and its number among those."""
        text = _constant(node)
        kind, *rest = text.split(":") if isinstance(text, str) else ("",)
        known: list[VDevice] = self._infos.get("vdevice", [])
        found = known if kind == "vdevice" else [item for item in known if item.kind == kind]
        place = rest[0] if rest else "0"
        if len(rest) > 2 or not place.isdecimal() or int(place) >= len(found):
            problem = f"the module has no virtual device {text}" if isinstance(text, str) else "expected a device"
            raise self._script.error(node, codes.UNDEFINED_NAME, problem, "list it in I.module_global_infos")
        return found[int(place)]

    def spread(self, written: _Written) -> Type:
        """R.DTensor(shape, dtype, mesh, placement)."""
        values = written.bound(("shape", "dtype", "device_mesh", "placement", "ndim"))
        shape, dtype = values.get("shape"), values.get("dtype")
        element = "" if dtype is None or _is_none(dtype) else read_dtype(self._script, dtype, _constant(dtype))
        ndim = self._ndim(values.get("ndim"))
        tensor = TensorType(None if shape is None or _is_none(shape) else self._extent(shape), element, None, ndim)
        placement = values.get("placement")
        try:
            where = Placement.from_text(str(_constant(placement) or "") if placement is not None else "")
        except ValueError as error:
            raise self._script.error(placement or written.node, codes.BAD_LITERAL, str(error)) from None
        return DTensorType(tensor, self._mesh(values.get("device_mesh"), written.node), where)

    def _mesh(self, node: ast.expr | None, otherwise: ast.expr) -> DeviceMesh:
        """The mesh that ``"mesh[0]"`` names in the module's global information."""
        text = _constant(node) if node is not None else None
        found = _PLACE.fullmatch(text) if isinstance(text, str) else None
        known = self._infos.get(found[1], []) if found else []
        if found is None or int(found[2]) >= len(known) or not isinstance(known[int(found[2])], DeviceMesh):
            problem = f"the module has no mesh of devices {text}"
            raise self._script.error(node or otherwise, codes.UNDEFINED_NAME, problem)
        return known[int(found[2])]

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
        values = written.bound(("params", "ret", "purity", "derive_func"))
        pure = _constant(values["purity"]) if "purity" in values else None
        if pure is not None and not isinstance(pure, bool):
            raise self._script.error(values["purity"], codes.SYNTAX, "expected True or False")
        params = values.get("params")
        if params is None or _is_none(params):
            ret = self.type(values["ret"], written.depth + 1) if "ret" in values else ObjectType()
            return FuncType(None, ret, pure is True, self._derivation(values.get("derive_func")))
        if not isinstance(params, ast.Tuple | ast.List):
            raise self._script.error(params, codes.SYNTAX, "expected a tuple of types")
        ret = self.type(values["ret"], written.depth + 1) if "ret" in values else TupleType(())
        return FuncType(tuple([self.type(item, written.depth + 1) for item in params.elts]), ret, pure is not False)

    def _derivation(self, node: ast.expr | None) -> Derivation | None:
        """The function by which a foreign function's type says what its calls give."""
        if node is None or _is_none(node):
            return None
        name = _constant(node)
        found = DERIVATIONS.get(name) if isinstance(name, str) else None
        if found is None:
            raise self._script.error(node, codes.UNKNOWN_OP, f"no function that derives types is called {name}")
        return found

    def _ndim(self, node: ast.expr | None) -> int:
        if node is None:
            return -1
        value = _constant(node)
        if type(value) is not int or not -1 <= value <= 1 << 16:
            raise self._script.error(node, codes.BAD_LITERAL, "expected a number of dimensions")
        return value


_KINDS: dict[str, Callable[[TypeReader, _Written], Type]] = {
    "R.Tensor": TypeReader.tensor,
    "R.DTensor": TypeReader.spread,
    "R.Tuple": TypeReader.tuple,
    "R.Shape": TypeReader.shape,
    "R.Prim": TypeReader.prim,
    "R.Object": TypeReader.object,
    "R.Any": TypeReader.object,
    "I.StringType": TypeReader.object,
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
