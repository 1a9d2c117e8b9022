"""Arguments of operator calls in scripts, matched against the card: operands by place, attributes by name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from relax_core.op.convert import shown
from relax_core.text.read_types import read_dtype
from relax_core.text.script import Script
from tensor_core import codes, prim
from tensor_core.ops.card import REQUIRED, Field, Kind, RelaxSpelling
from tensor_core.releases import older
from tensor_core.shapes import as_dim

Place = int | str
"""An operand by its place, or an attribute by its name."""

_POOL = (0, "pool_size", "strides", "padding", "dilation", "ceil_mode", "count_include_pad", "layout", "out_layout")
_POOL_BACKWARD = (0, 1, *_POOL[1:])
_QUANTIZE = (0, 1, 2, "axis", "out_dtype")
_POSITIONAL: Mapping[str, tuple[Place, ...]] = {
    **dict.fromkeys((f"relax.nn.{kind}_pool{rank}d" for kind in ("avg", "max") for rank in (1, 2, 3)), _POOL),
    **dict.fromkeys(("relax.grad.avg_pool2d_backward", "relax.grad.max_pool2d_backward"), _POOL_BACKWARD),
    "relax.quantize": _QUANTIZE,
    "relax.dequantize": _QUANTIZE,
    "relax.nn.attention_var_len": (0, 1, 2, 3, 5, 4, 6, "scale", "causal_mask", "window_size"),
}
"""Orders in which R.* functions take arguments where it is not operands first, then attributes as registered."""
_PAD_0_19 = (0, "pad_width", 1, "pad_mode")
_PAD = (0, "pad_width", "pad_mode", "pad_value")


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call before they are read: nodes by operand place, and by attribute name."""

    operands: list[ast.expr]
    attributes: dict[str, ast.expr]


def match_arguments(script: Script, node: ast.Call, spelling: RelaxSpelling, release: str) -> Arguments:
    """Sort the arguments of an operator call. R2R0105 for an unknown or repeated one, R2R0201 for a wrong number."""
    name = spelling.name
    names = {operand.name: place for place, operand in enumerate(spelling.operands)}
    registered = (*range(len(names)), *(item.name for item in spelling.fields))
    order = _POSITIONAL.get(name) or registered
    if name == "relax.nn.pad":
        order = _PAD_0_19 if older(release, "0.20") else _PAD
    if not {item.arg for item in node.keywords}.isdisjoint(order[: len(node.args)]):
        # TVM's printer knows nothing of the R.* functions: it writes all operands first.
        order = registered
    if len(node.args) > len(order):
        raise script.error(node, codes.ARITY, f"{name} takes {len(names)} arguments, got {len(node.args)}")
    operands: dict[int, ast.expr] = {}
    attributes: dict[str, ast.expr] = {}
    for place, value in zip(order, node.args, strict=False):
        if isinstance(place, int):
            operands[place] = value
        else:
            attributes[place] = value
    known = {item.name for item in spelling.fields}
    for keyword in node.keywords:
        key, value = keyword.arg, keyword.value
        if key in names and names[key] not in operands:
            operands[names[key]] = value
        elif key in known and key not in attributes:
            attributes[key] = value
        else:
            problem = "repeated" if key in known or key in names else "unknown"
            raise script.error(value, codes.BAD_ATTRIBUTE, f"{problem} argument {key} of {name}")
    missing = [
        item.name for place, item in enumerate(spelling.operands[: max(operands, default=-1)]) if place not in operands
    ]
    if missing:
        raise script.error(node, codes.ARITY, f"{name} lacks the argument {missing[0]}")
    return Arguments([operands[place] for place in sorted(operands)], attributes)


def read_attributes(
    script: Script,
    node: ast.Call,
    spelling: RelaxSpelling,
    given: Mapping[str, ast.expr],
    value: Callable[[ast.expr, str], Any],
) -> dict[str, Any]:
    """All attributes of a call in registered order; those left out have the defaults of the R.* function."""
    result: dict[str, Any] = {}
    for item in spelling.fields:
        written = given.get(item.name)
        if written is not None:
            result[item.name] = attribute_value(
                script, written, item, value(written, f"attribute {item.name} of {spelling.name}"), spelling.name
            )
            continue
        default = item.default if item.python is REQUIRED else item.python
        if default is REQUIRED:
            raise script.error(node, codes.BAD_ATTRIBUTE, f"{spelling.name} needs the attribute {item.name}")
        result[item.name] = default
    return result


def attribute_value(script: Script, node: ast.expr, item: Field, value: Any, operator: str) -> Any:
    """A written value as the attribute's kind; R2R0105 when it is of another kind, which names the ``operator``."""
    may_be_unset = item.optional or item.default in (None, "", "void") or item.python is None
    if item.kind is Kind.DTYPE:
        dtype = "" if value is None else read_dtype(script, node, value)
        if not dtype and not may_be_unset:
            raise script.error(
                node, codes.BAD_ATTRIBUTE, f"attribute {item.name} of {operator} must be an element type"
            )
        return dtype or (item.default if item.default in (None, "", "void") else None)
    if value is None and may_be_unset:
        return None
    try:
        return _CONVERT[item.kind](value)
    except (TypeError, ValueError, OverflowError):
        message = f"attribute {item.name} of {operator} must be of kind {item.kind.value}, not {shown(value)}"
        raise script.error(node, codes.BAD_ATTRIBUTE, message) from None


def _int(value: Any) -> int:
    if isinstance(value, prim.IntImm):
        value = value.value
    if not isinstance(value, int):
        raise TypeError
    if not -(1 << 63) <= value < 1 << 63:
        raise OverflowError
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, prim.IntImm | prim.FloatImm):
        return float(value.value)
    if not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _bool(value: Any) -> bool:
    number = _int(value)
    if number not in (0, 1):
        raise ValueError
    return bool(number)


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _dim(value: Any) -> Any:
    return as_dim(value) if isinstance(value, prim.PrimExpr) and not isinstance(value, prim.FloatImm) else _int(value)


def _many(convert: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def read(value: Any) -> tuple[Any, ...]:
        return (
            tuple(map(convert, cast("Sequence[Any]", value))) if isinstance(value, list | tuple) else (convert(value),)
        )

    return read


_CONVERT: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.BOOL: _bool,
    Kind.STR: _str,
    Kind.INTS: _many(_int),
    Kind.FLOATS: _many(_float),
    Kind.NESTED_INTS: _many(_many(_int)),
    Kind.INT_OR_INTS: lambda value: _many(_dim)(value) if isinstance(value, list | tuple) else _dim(value),
    Kind.EXPR: lambda value: value,
    Kind.OBJECT: lambda value: value,
}
