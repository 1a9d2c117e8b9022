"""Relax objects as JSON text, and back: tvm.ir.save_json and load_json over what relay_compat.json has no form for.

The layout is this program's own: a list of nodes in which children stand before parents, so that sharing and depth are
kept. Data only; R2R0302 for text that is no such list, R2R0107 for an object that has no form.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, cast

import numpy as np

from migrate.alias.ir import range as ranges
from relax_core.ir import base, expr, global_info, static, types
from relax_core.ir.module import IRModule
from tensor_core import codes, dtypes, module, prim, spans
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.loops import nodes as loops
from tensor_core.ndarray import ndarray
from tensor_core.node import Node
from tensor_core.types import TupleType

__all__ = ["load", "save"]

MARK = "relay2relax.nodes"
_PLAIN = (str, int, float, bool, type(None))


@cache
def _kinds() -> dict[str, Any]:
    """The classes that have a form, by their names."""
    found: dict[str, Any] = {"TupleType": TupleType, "GlobalVar": module.GlobalVar, "Span": spans.Span}
    for home, prefix in ((expr, ""), (base, ""), (types, ""), (global_info, ""), (ranges, ""), (static, "static."),
                         (prim, "prim."), (loops, "loops.")):  # fmt: skip
        found.update(_classes(home, prefix))
    for part in ("expr", "stmt", "buffer", "function"):
        home = import_module(f"tensor_core.tir.{part}")
        found.update(_classes(home, "tir."))
    return found


def _classes(home: ModuleType, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {prefix + name: value for name, value in vars(home).items() if isinstance(value, type)}
    return {
        name: value
        for name, value in found.items()
        if dataclasses.is_dataclass(value) and value.__module__ == home.__name__
    }


@cache
def _names() -> dict[Any, str]:
    return {kind: name for name, kind in _kinds().items()}


def save(root: Any) -> str:
    """The text of an object. R2R0107 for one that has no form."""
    places: dict[int, int] = {}
    rows: list[Any] = []
    kept: list[Any] = []
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        item, ready = stack.pop()
        if id(item) in places or _is_plain(item):
            continue
        parts = list(_parts(item))
        if not ready:
            stack.append((item, True))
            stack.extend((part, False) for part in reversed(parts) if not _is_plain(part) and id(part) not in places)
            continue
        rows.append(_row(item, parts, places))
        kept.append(item)
        places[id(item)] = len(rows) - 1
    return json.dumps({MARK: rows, "root": _reference(root, places)})


def load(text: str) -> Any:
    """The object of a text that :func:`save` wrote. R2R0301 for another text."""
    try:
        read = json.loads(text)
        made: list[Any] = []
        for row in read[MARK]:
            made.append(_made(row, made))
        return _value(read["root"], made)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise fail(codes.BAD_JSON, f"this is no JSON of Relax objects: {error}") from None


def _is_plain(item: Any) -> bool:
    return isinstance(item, _PLAIN) and not isinstance(item, prim.Imm)


def _fields(item: Any) -> list[str]:
    if isinstance(item, types.TensorType):
        return ["shape", "dtype", "vdevice", "ndim", "span"]
    names = [field.name for field in dataclasses.fields(item) if field.init]
    if isinstance(item, base.RelaxExpr) and "ty" not in names:
        names.append("ty")
    return [name for name in names if name not in ("origin", "card")]


def _parts(item: Any) -> Iterator[Any]:
    if isinstance(item, (tuple, list)):
        yield from cast("list[Any]", item)
    elif isinstance(item, IRModule):
        yield from (item.functions, item.attrs, item.global_infos)
    elif isinstance(item, Attrs):
        yield from item.values()
    elif isinstance(item, Mapping):
        for key, value in cast("Mapping[Any, Any]", item).items():
            yield key
            yield value
    elif type(item) in _names():
        yield from (getattr(item, name) for name in _fields(item))
    elif not isinstance(item, (np.ndarray, prim.Imm)):
        raise fail(codes.UNKNOWN_NODE, f"a {type(item).__name__} has no form in JSON")


def _row(item: Any, parts: list[Any], places: Mapping[int, int]) -> Any:
    values = [_reference(part, places) for part in parts]
    if isinstance(item, prim.Imm):
        return ["Imm", int(item), item.dtype]
    if isinstance(item, np.ndarray):
        array: np.ndarray[Any, Any] = np.ascontiguousarray(cast(Any, item)).reshape(np.shape(cast(Any, item)))
        name = dtypes.from_numpy(array.dtype)
        return ["array", name, list(array.shape), base64.b64encode(array.tobytes()).decode()]
    if isinstance(item, tuple):
        return ["tuple", *values]
    if isinstance(item, list):
        return ["list", *values]
    if isinstance(item, IRModule):
        return ["module", *values, item.release]
    if isinstance(item, Attrs):
        return ["attrs", item.type_key, list(item), *values]
    if isinstance(item, Mapping):
        return ["map", *values]
    return [_names()[type(item)], _fields(item), *values]


def _reference(item: Any, places: Mapping[int, int]) -> Any:
    return item if _is_plain(item) else {"node": places[id(item)]}


def _value(written: Any, made: list[Any]) -> Any:
    return made[written["node"]] if isinstance(written, dict) else written


def _made(row: list[Any], made: list[Any]) -> Any:
    kind = row[0]
    if kind == "Imm":
        return base.Size(row[1]) if row[2] == "int64" else prim.Imm(row[1])
    if kind == "array":
        data = np.frombuffer(base64.b64decode(row[3]), dtypes.to_numpy(row[1])).reshape(row[2])
        return ndarray(data.copy())
    if kind == "attrs":
        values = (_value(part, made) for part in row[3:])
        return Attrs(row[1], dict(zip(row[2], values, strict=True)))
    if kind == "module":
        functions, attrs, infos = (_value(part, made) for part in row[1:4])
        return IRModule(functions, None, attrs, infos, release=row[4])
    if kind in ("tuple", "list", "map"):
        values = [_value(part, made) for part in row[1:]]
        if kind == "map":
            return dict(zip(values[::2], values[1::2], strict=True))
        return tuple(values) if kind == "tuple" else values
    return _node(_kinds()[kind], row[1], [_value(part, made) for part in row[2:]])


def _node(kind: Any, names: list[str], values: list[Any]) -> Any:
    given = dict(zip(names, values, strict=True))
    if kind is expr.Op:
        return expr.op(given["name"])
    inits = {field.name for field in dataclasses.fields(kind) if field.init}
    later = {name: given.pop(name) for name in list(given) if name not in inits}
    node = kind(**given)
    if isinstance(node, Node):
        for name, value in later.items():
            node.memo(name, value)
    return node
