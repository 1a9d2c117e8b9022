"""``R.const(value, dtype)``: numbers and nested lists of numbers as arrays."""

from __future__ import annotations

import ast
from typing import Any, cast

import numpy as np

from relax_core.text.read_scalars import float_literal
from relax_core.text.read_types import read_dtype
from relax_core.text.script import Script
from tensor_core import codes, dtypes

MAX_RANK = 32


def read_constant(script: Script, node: ast.Call) -> np.ndarray[Any, Any]:
    """The array; without a dtype floats are float32 and integers int32, as TVM reads them."""
    keywords = {item.arg: item.value for item in node.keywords}
    if not 1 <= len(node.args) <= 2 or not keywords.keys() <= {"dtype"} or len(node.args) + len(keywords) > 2:
        raise script.error(node, codes.SYNTAX, "expected R.const(value, dtype)")
    value = _value(script, node.args[0], 0)
    stated = node.args[1] if len(node.args) == 2 else keywords.get("dtype")
    if stated is None:
        dtype = _natural(value)
    else:
        dtype = read_dtype(script, stated, stated.value if isinstance(stated, ast.Constant) else None)
        if not dtypes.is_known(dtype):
            raise script.error(stated, codes.BAD_LITERAL, "expected an element type")
    try:
        with np.errstate(all="ignore"):
            result = np.array(value, dtypes.to_numpy(dtype))
    except (ValueError, OverflowError, TypeError):
        raise script.error(node, codes.BAD_LITERAL, f"not an array of {dtype}") from None
    result.flags.writeable = False
    return result


def _value(script: Script, node: ast.expr, depth: int) -> Any:
    if type(node) is ast.Constant and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.List | ast.Tuple) and depth < MAX_RANK:
        return [_value(script, item, depth + 1) for item in node.elts]
    return _number(script, node)


def _number(script: Script, node: ast.expr) -> float:
    """A signed number, or one of the floats that have no literal: float("inf"), or just "inf" as TVM prints it."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = node.operand
        value = inner.value if isinstance(inner, ast.Constant) and isinstance(inner.value, int | float) else None
        if value is None:
            value = _special(inner)
        if value is not None:
            return -value if isinstance(node.op, ast.USub) else value
    value = _special(node)
    if value is None:
        raise script.error(node, codes.BAD_LITERAL, "expected a number")
    return value


def _special(node: ast.expr) -> float | None:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "float"
        and len(node.args) == 1
    ):
        node = node.args[0]
    return float_literal(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _natural(value: Any) -> str:
    while isinstance(value, list):
        items = cast("list[Any]", value)
        if not items:
            return "float32"
        value = items[0]
    return "bool" if isinstance(value, bool) else "int32" if isinstance(value, int) else "float32"
