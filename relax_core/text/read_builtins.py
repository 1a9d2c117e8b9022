"""The functions of the R namespace that no card describes: values, calls of kernels and of foreign functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import partial
from typing import NoReturn

from relax_core.builtins.calls import check_shapes
from relax_core.builtins.table import builtin
from relax_core.ir.expr import (
    Call,
    Constant,
    DataTypeImm,
    Expr,
    ExternFunc,
    PrimValue,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    op,
)
from relax_core.ir.types import TupleType, Type
from relax_core.text.read_constants import read_constant
from relax_core.text.read_plain import read_tuple, written_attributes
from relax_core.text.read_types import read_dtype
from relax_core.text.read_values import Value, ValueReader
from relax_core.text.script import dotted
from relax_core.types.leaves import type_of
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import PrimExpr

Read = Callable[[ValueReader, ast.Call, int], Value]

TYPE_KEYWORDS = ("ty_args", "sinfo_args")
"""The keyword of result types, in either family of releases."""
UNSUPPORTED = frozenset({"emit", "emit_te", "emit_with_sinfo", "emit_with_ty", "emit_with_type"})
"""Functions that are known and not read."""
_RESULT_TYPED = (
    "call_tir", "call_tir_inplace", "call_tir_with_grad", "call_dps_packed", "call_py_func", "dist.call_tir_local_view",
)  # fmt: skip


# ---- values


def _constant(reader: ValueReader, node: ast.Call, _depth: int) -> Value:
    return Constant(read_constant(reader.script, node), reader.script.span(node))


def _shape(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    inner = reader.one(node)
    if isinstance(inner, ast.Call):
        return reader.leaf(inner, depth + 1)
    return ShapeExpr(reader.types.dims(inner), reader.script.span(node))


def _prim_value(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    value = reader.value(reader.one(node), depth + 1)
    if isinstance(value, bool) and reader.profile.wraps_scalars:
        # Python's truth values are numbers to releases that wrap scalars; their bools are T.bool(...).
        value = int(value)
    if isinstance(value, int | float):
        value = reader.scalars.lift(value)
    if isinstance(value, PrimExpr):
        return PrimValue(value, reader.script.span(node))
    if isinstance(value, PrimValue):
        return value
    raise reader.script.error(node, codes.SYNTAX, "expected a scalar")


def _string(reader: ValueReader, node: ast.Call, _depth: int) -> Value:
    return StringImm(_text(reader, node), reader.script.span(node))


def _dtype(reader: ValueReader, node: ast.Call, _depth: int) -> Value:
    return DataTypeImm(read_dtype(reader.script, node, _text(reader, node)), reader.script.span(node))


def _extern(reader: ValueReader, node: ast.Call, _depth: int) -> Value:
    if len(node.args) != 2 or node.keywords:
        return ExternFunc(_text(reader, node), reader.script.span(node))
    name, type_ = node.args
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        raise reader.script.error(name, codes.SYNTAX, "expected a string")
    function = ExternFunc(name.value, reader.script.span(node))
    function.memo("ty", reader.types.type(type_))
    return function


def _tuple(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    if node.keywords:
        raise reader.script.error(node, codes.SYNTAX, "R.tuple takes no keywords")
    return Tuple(tuple([reader.leaf(item, depth + 1) for item in node.args]), reader.script.span(node))


def _projection(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    """``R.TupleGetItem(value, index)``: ``value[index]``."""
    given = [*node.args, *[item.value for item in node.keywords]]
    index = reader.value(given[1], depth + 1) if len(given) == 2 else None
    if not isinstance(index, int):
        raise reader.script.error(node, codes.ARITY, "R.TupleGetItem takes a tuple and a number")
    made = TupleGetItem(reader.leaf(given[0], depth + 1), int(index), reader.script.span(node))
    made.memo("ty", type_of(made))
    return made


def _text(reader: ValueReader, node: ast.Call) -> str:
    inner = reader.one(node)
    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
        return inner.value
    raise reader.script.error(inner, codes.SYNTAX, "expected a string")


def _refused(reader: ValueReader, node: ast.Call, _depth: int) -> NoReturn:
    raise reader.script.error(node, codes.SYNTAX, f"{dotted(node.func)} is a statement of its own")


# ---- calls


def _result_typed(path: str, reader: ValueReader, node: ast.Call, depth: int) -> Call:
    """``call_tir(function, (arguments,), type)`` and its kin; the type also as out_sinfo= or out_ty=."""
    given = _result_typed_arguments(path, reader, node)
    callee, inputs, out = given.pop("func"), given.pop("args"), given.pop("out")
    function = reader.value(callee, depth + 1)
    if isinstance(function, str) and path == "call_py_func":
        function = StringImm(function, reader.script.span(callee))
    if isinstance(function, str):
        function = ExternFunc(function, reader.script.span(callee))
    if not isinstance(function, Expr):
        raise reader.script.error(callee, codes.SYNTAX, "expected a function")
    args = reader.leaf(inputs, depth + 1)
    if not isinstance(type_of(args), TupleType | None):
        args = Tuple((args,))
    types = reader.type_args(out)
    result = types[0] if len(types) == 1 else TupleType(types)
    operands = [reader.as_leaf(function, callee), args]
    known = builtin(f"relax.{path}", reader.release)
    if known is None:
        raise reader.script.error(node, codes.UNKNOWN_OP, f"R.{path} does not exist in TVM {reader.release}")
    if "tir_vars" in given:
        operands.append(_scalars(reader, given.pop("tir_vars"), depth))
    attributes = known.attributes_in(reader.release)
    attrs = None if attributes is None else written_attributes(reader, known, attributes, given, node)
    made = reader.made(op(f"relax.{path}"), operands, node, attrs, (result,))
    try:
        check_shapes(made)
    except DiagnosticError as error:
        raise DiagnosticError(*error.diagnostics, source=reader.script.source) from None
    return made


def _result_typed_arguments(path: str, reader: ValueReader, node: ast.Call) -> dict[str, ast.expr]:
    names = ["func", "args", "inplace_indices", "out"] if path == "call_tir_inplace" else ["func", "args", "out"]
    given: dict[str, ast.expr] = dict(zip([*names, "tir_vars"], node.args, strict=False))
    for keyword in node.keywords:
        given["out" if keyword.arg in ("out_sinfo", "out_ty") else keyword.arg or ""] = keyword.value
    if len(node.args) > len(names) + 1 or not {"func", "args", "out"} <= given.keys():
        raise reader.script.error(node, codes.ARITY, f"R.{path} takes a function, its arguments and a result type")
    return given


def _scalars(reader: ValueReader, node: ast.expr, depth: int) -> Expr:
    value = reader.value(node, depth + 1)
    return ShapeExpr(reader.types.dims(node)) if isinstance(value, list) else reader.as_leaf(value, node)


def _packed_call(path: str, reader: ValueReader, node: ast.Call, depth: int) -> Call:
    """``call_packed("name", arguments, ty_args=types)`` and its kin."""
    if not node.args:
        raise reader.script.error(node, codes.ARITY, "expected the name of a function")
    callee = reader.value(node.args[0], depth + 1)
    if isinstance(callee, str):
        callee = ExternFunc(callee, reader.script.span(node.args[0]))
    if not isinstance(callee, ExternFunc):
        raise reader.script.error(node.args[0], codes.SYNTAX, "expected the name of a function")
    return packed(reader, callee, node.args[1:], node, depth, path)


def packed(
    reader: ValueReader, callee: ExternFunc, args: list[ast.expr], node: ast.Call, depth: int, path: str = ""
) -> Call:
    """A call of an external function, directly or through a built-in such as call_pure_packed."""
    operands: list[Expr] = [reader.leaf(item, depth + 1) for item in args]
    types: tuple[Type, ...] = ()
    written: dict[str, ast.expr] = {}
    for keyword in node.keywords:
        key = keyword.arg or ""
        if key == reader.profile.types_keyword:
            types = reader.type_args(keyword.value)
        elif key in TYPE_KEYWORDS or key == "attrs_type_key":
            # TVM reads the other releases' keyword as an attribute that means nothing.
            problem = f"TVM {reader.release} takes {key} for an attribute, and the result's type is lost"
            hint = f"write {reader.profile.types_keyword}=, or state the text's release"
            raise reader.script.error(keyword.value, codes.BAD_ATTRIBUTE, problem, hint)
        else:
            written[key] = keyword.value
    known = builtin(f"relax.{path}", reader.release)
    if known is None:
        plain = {key: reader.plain(value) for key, value in written.items()}
        return reader.made(callee, operands, node, Attrs("", plain) if plain else None, types)
    if not types and path != "call_builtin_with_ctx":
        keyword = reader.profile.types_keyword
        raise reader.script.error(node, codes.UNRESOLVED_TYPE, f"R.{path} needs {keyword}=, the type of its result")
    attributes = known.attributes_in(reader.release)
    attrs = written_attributes(reader, known, attributes, written, node) if attributes else None
    return reader.made(op(f"relax.{path}"), [callee, *operands], node, attrs, types)


def _closure_call(path: str, reader: ValueReader, node: ast.Call, depth: int) -> Call:
    """``invoke_closure(closure, (arguments,), types)``."""
    keywords = [item.value for item in node.keywords if item.arg in TYPE_KEYWORDS]
    if len(node.args) < 2 or len(node.args) + len(keywords) != 3 or len(keywords) != len(node.keywords):
        raise reader.script.error(node, codes.ARITY, f"R.{path} takes a closure, its arguments and result types")
    types = reader.type_args(keywords[0] if keywords else node.args[2])
    closure, given = node.args[:2]
    operands = [reader.leaf(closure, depth + 1), read_tuple(reader, reader.value(given, depth + 1), given)]
    return reader.made(op(f"relax.{path}"), operands, node, None, types)


def _formatted_call(path: str, reader: ValueReader, node: ast.Call, depth: int) -> Call:
    """``print(values, format=...)`` and ``assert_op(condition, values, format=...)``."""
    args = [reader.leaf(item, depth + 1) for item in node.args]
    text = next((item.value for item in node.keywords if item.arg == "format"), None)
    if len(node.keywords) > (text is not None) or (path == "assert_op" and not args):
        raise reader.script.error(node, codes.SYNTAX, f"R.{path} takes values and a format")
    format_ = reader.leaf(text, depth + 1) if text is not None else StringImm("")
    args.insert(1 if path == "assert_op" else 0, format_)
    return reader.made(op(f"relax.{path}"), args, node)


BUILTINS: Mapping[str, Read] = {
    "const": _constant,
    **dict.fromkeys(("shape", "ShapeExpr"), _shape),
    "prim_value": _prim_value,
    "str": _string,
    "dtype": _dtype,
    "tuple": _tuple,
    "ShapeExpr": _shape,
    "TupleGetItem": _projection,
    "ExternFunc": _extern,
    **{path: partial(_result_typed, path) for path in _RESULT_TYPED},
    "call_packed": partial(_packed_call, ""),
    **{
        path: partial(_packed_call, path)
        for path in ("call_pure_packed", "call_inplace_packed", "call_builtin_with_ctx")
    },
    **{path: partial(_closure_call, path) for path in ("invoke_closure", "invoke_pure_closure")},
    **{path: partial(_formatted_call, path) for path in ("print", "assert_op")},
    **dict.fromkeys(("match_cast", "output", "func_attr", "dataflow", "func_ret_struct_info", "func_ret_ty"), _refused),
}
"""Readers by the name after ``R.``."""
