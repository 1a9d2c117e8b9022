"""Functions of the T namespace that stand in expressions."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import cast

from relax_core.text.prim_functions import SPECIAL
from relax_core.text.prim_values import Declared, PrimValues, Value, listed
from relax_core.text.script import dotted
from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import did_you_mean
from tensor_core.loops.intrinsics import MEANINGS
from tensor_core.prim import FloatImm, IntImm, PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import make
from tensor_core.tir.buffer import Buffer, decl_buffer
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


def is_dtype(name: str) -> bool:
    """Whether a name is one of a scalar or vector type."""
    return _DTYPE.match(name) is not None


class PrimCalls(PrimValues):
    """Reads calls."""

    def type_name(self, node: ast.Attribute) -> Value:
        """``T.float32`` and the like as a value; R2R0101 for another dotted name."""
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
        """A call of what a tensor program may name: ``T.*``, ``I.Range``, functions of Python on scalars."""
        prefix, _, name = function.partition(".")
        if prefix == "T" and name:
            return self._builtin(node, name, args, keywords)
        if prefix == "I" and name == "Range" and len(args) == 2:
            return self.range_of(node, args)
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
        special = SPECIAL.get(name)
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
        """A call of a method of a buffer or a scalar."""
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

    def range_of(self, node: ast.AST, args: list[Value]) -> ex.Range:
        """The range between two values."""
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


__all__ = ["Declared", "PrimCalls", "is_dtype"]
