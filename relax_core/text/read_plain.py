"""Reading calls of built-ins that take operands, then attributes: each as the table of built-ins says it is."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from relax_core.builtins.builtin import Argument, Attributes, Builtin, Kind
from relax_core.ir.expr import DataTypeImm, Expr, PrimValue, ShapeExpr, StringImm, Tuple
from relax_core.ir.types import TupleType
from relax_core.text.read_calls import attribute_value
from relax_core.text.read_types import read_dtype
from relax_core.text.read_values import Value, ValueReader
from relax_core.types.leaves import VOID, type_of
from tensor_core import codes, prim
from tensor_core.attrs import Attrs
from tensor_core.ops.card import REQUIRED


def read_plain(reader: ValueReader, known: Builtin, node: ast.Call, depth: int) -> tuple[list[Expr], Attrs | None]:
    """The operands and attributes of a call. R2R0105 for an unknown or repeated one, R2R0201 for a wrong number."""
    arguments, attributes = known.arguments_in(reader.release), known.attributes_in(reader.release)
    fields = {item.name: item for item in attributes.fields} if attributes else {}
    names = [*(item.name for item in arguments), *fields]
    given = _given(reader, known, names, node)
    operands = [_operand(reader, known, item, given.get(item.name), node, depth) for item in arguments]
    if attributes is None:
        return operands, None
    return operands, written_attributes(reader, known, attributes, given, node)


def written_attributes(
    reader: ValueReader, known: Builtin, attributes: Attributes, given: Mapping[str, ast.expr], node: ast.Call
) -> Attrs:
    """All attributes of a call in their order. R2R0105 for one that is missing or of another kind."""
    written: dict[str, Any] = {}
    for item in attributes.fields:
        value = given.get(item.name)
        if value is not None:
            written[item.name] = attribute_value(reader.script, value, item, reader.plain(value), known.name)
        elif item.default is not REQUIRED:
            written[item.name] = item.default
        else:
            raise reader.script.error(node, codes.BAD_ATTRIBUTE, f"{known.name} needs the attribute {item.name}")
    return Attrs(attributes.type_key, written)


def read_tuple(reader: ValueReader, value: Value, node: ast.expr) -> Expr:
    """A tuple of arguments; since 0.26 one argument may stand for the tuple of it."""
    given = reader.as_leaf(value, node)
    if isinstance(type_of(given), TupleType | None):
        return given
    if reader.profile.wraps_scalars:
        raise reader.script.error(node, codes.TYPE_MISMATCH, f"expected a tuple of arguments, got {type_of(given)}")
    return Tuple((given,), reader.script.span(node))


def _given(reader: ValueReader, known: Builtin, names: list[str], node: ast.Call) -> dict[str, ast.expr]:
    if len(node.args) > len(names):
        raise reader.script.error(node, codes.ARITY, f"{known.name} takes {len(names)} arguments, got {len(node.args)}")
    given: dict[str, ast.expr] = dict(zip(names, node.args, strict=False))
    for keyword in node.keywords:
        key = keyword.arg or ""
        if key not in names or key in given:
            problem = "repeated" if key in given else "unknown"
            raise reader.script.error(keyword.value, codes.BAD_ATTRIBUTE, f"{problem} argument {key} of {known.name}")
        given[key] = keyword.value
    return given


def _operand(
    reader: ValueReader, known: Builtin, item: Argument, node: ast.expr | None, call: ast.Call, depth: int
) -> Expr:
    span = reader.script.span(node or call)
    if node is not None:
        return _converted(reader, item, reader.value(node, depth + 1), node)
    if item.default is None:
        raise reader.script.error(call, codes.ARITY, f"{known.name} lacks the argument {item.name}")
    if item.default == VOID:
        return Tuple((), span)
    return StringImm(item.default, span) if item.kind is Kind.TEXT else PrimValue(prim.IntImm(item.default), span)


def _converted(reader: ValueReader, item: Argument, value: Value, node: ast.expr) -> Expr:
    span = reader.script.span(node)
    if isinstance(value, str) and item.kind is Kind.TEXT:
        return StringImm(value, span)
    if isinstance(value, str) and item.kind is Kind.DTYPE:
        return DataTypeImm(read_dtype(reader.script, node, value), span)
    if isinstance(value, list) and item.kind is Kind.SHAPE:
        return ShapeExpr(reader.types.dims(node), span)
    if item.kind is Kind.ARGUMENTS:
        return read_tuple(reader, value, node)
    if isinstance(value, list):
        raise reader.script.error(node, codes.SYNTAX, f"{item.name} must be a {item.kind.value}")
    return reader.as_leaf(value, node)
