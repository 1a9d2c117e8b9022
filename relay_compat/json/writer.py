"""The JSON of tvm.ir.save_json for what a metadata section holds, byte for byte as TVM 0.19 writes it.

Nodes are numbered when they are first reached, parents before children, in the order in which TVM visits fields.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

import numpy as np

from relay_compat.ir.expr import Constant, GlobalVar
from relay_compat.ir.types import IncompleteType, TensorType
from relay_compat.ir.values import BOX, Record
from relay_compat.json.layout import layouts
from relay_compat.ndarrays import write_array
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.spans import Span

VERSION = "0.19.0"
"""The release that the output claims to be written by."""


class Parts(NamedTuple):
    """One node before numbering: its own text fields, or the objects it refers to (in visiting order)."""

    type_key: str
    raw: Mapping[str, str] = {}
    refs: Mapping[str, Any] = {}
    items: tuple[Any, ...] | None = None
    keys: tuple[str, ...] = ()
    text: str | None = None


class Shared(NamedTuple):
    """An object that TVM shares wherever it occurs, known by ``key``; others are shared by identity."""

    key: str
    parts: Parts


_UNCONSTRAINED = Shared("VirtualDevice", Parts(
    "VirtualDevice", {"device_type_int": "-1", "virtual_device_id": "-1"},
    {"target": None, "memory_scope": Shared("", Parts("runtime.String"))},
))  # fmt: skip


def save_json(root: Any) -> str:
    """The JSON text of an object."""
    writer = _Writer()
    writer.number(root)
    return writer.text(1)


_Place = tuple[Any, dict[str, Any], str | None]
"""An object, the node that refers to it, and the field where it does (None: its data list)."""


class _Writer:
    def __init__(self) -> None:
        self._nodes: list[dict[str, Any]] = [{"type_key": ""}]
        self._numbers: dict[int | str, int] = {}
        self._alive: list[Any] = []
        self._blobs: list[str] = []

    def number(self, root: Any) -> None:
        """Number an object and all it refers to."""
        first: _Place = (root, {}, None)
        stack: list[Iterator[_Place]] = [iter((first,))]
        while stack:
            for value, holder, field in stack[-1]:
                number, children = self._enter(value)
                if field is None:
                    holder.setdefault("data", []).append(number)
                else:
                    holder["attrs"][field] = str(number)
                if children is not None:
                    stack.append(children)
                    break
            else:
                stack.pop()

    def _enter(self, value: object) -> tuple[int, Iterator[_Place] | None]:
        """The number of an object; what it refers to when the object is new."""
        if value is None:
            return 0, None
        key: int | str = value.key if isinstance(value, Shared) else id(value)
        # Plain values are Python objects that happen to be shared; in TVM each is an object of its own.
        if type(value) is not tuple and not isinstance(value, (int, float, str)):
            known = self._numbers.get(key)
            if known is not None:
                return known, None
        number = len(self._nodes)
        self._numbers[key] = number
        self._alive.append(value)
        parts = value.parts if isinstance(value, Shared) else _parts(value, self)
        node: dict[str, Any] = {"type_key": parts.type_key}
        self._nodes.append(node)
        if parts.text is not None:
            node["repr_str"] = parts.text
        if parts.keys:
            node["keys"] = list(parts.keys)
        if parts.raw or parts.refs:
            node["attrs"] = dict(parts.raw)
        if parts.items:
            return number, iter([(item, node, None) for item in parts.items])
        return number, iter([(item, node, name) for name, item in parts.refs.items()])

    def blob(self, array: np.ndarray) -> str:
        """The number of an array in the list of arrays."""
        self._blobs.append(base64.b64encode(write_array(array)).decode())
        return str(len(self._blobs) - 1)

    def text(self, root: int) -> str:
        """All that was numbered as JSON in the layout of TVM's writer, which leaves blanks at line ends."""
        nodes = ", \n".join(_node_text(node) for node in self._nodes)
        blobs = _lines((f'"{blob}"' for blob in self._blobs), "[", "]", 2) if self._blobs else "[]"
        return (
            f'{{\n  "root": {root}, \n  "nodes": [\n{nodes}\n  ], \n  "b64ndarrays": {blobs}, \n'
            f'  "attrs": {{"tvm_version": "{VERSION}"}}\n}}'
        )


def _lines(items: Iterable[str], opening: str, closing: str, indent: int) -> str:
    inner = ", \n".join(" " * (indent + 2) + item for item in items)
    return f"{opening}\n{inner}\n{' ' * indent}{closing}"


def _node_text(node: dict[str, Any]) -> str:
    entries = [f'"type_key": {_quoted(node["type_key"])}']
    if node.get("repr_str"):
        entries.append(_repr_text(node["repr_str"]))
    if "attrs" in node:
        fields = [f"{_quoted(name)}: {_quoted(value)}" for name, value in sorted(node["attrs"].items())]
        entries.append(f'"attrs": {{{fields[0]}}}' if len(fields) == 1 else '"attrs": ' + _lines(fields, "{", "}", 6))
    if "keys" in node:
        entries.append('"keys": ' + _lines(map(_quoted, node["keys"]), "[", "]", 6))
    if "data" in node:
        numbers = list(map(str, node["data"]))
        # The C++ writer breaks lines in lists of more than ten numbers.
        entries.append('"data": ' + (_lines(numbers, "[", "]", 6) if len(numbers) > 10 else f"[{', '.join(numbers)}]"))
    return _lines(entries, "    {", "}", 4)


def _repr_text(text: str) -> str:
    data = text.encode(errors="surrogateescape")
    if all(32 <= byte < 127 for byte in data):
        return f'"repr_str": {_quoted(text)}'
    blob = base64.b64encode(len(data).to_bytes(8, "little") + data).decode()
    return f'"repr_b64": "{blob}"'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# ---------------------------------------------------------------- objects to nodes


def _parts(value: Any, writer: _Writer) -> Parts:
    if isinstance(value, Constant):
        return _constant(value, writer)
    if isinstance(value, Attrs):
        return _attrs(value)
    if isinstance(value, Record):
        raw = {entry.name: _raw(entry.value) for entry in value.entries if entry.raw}
        return Parts(value.type_key, raw, {e.name: e.value for e in value.entries if not e.raw}, text=value.text)
    if isinstance(value, tuple):
        return Parts("Array", items=cast("tuple[Any, ...]", value))
    if isinstance(value, TensorType):
        return Parts("relay.TensorType", {"dtype": value.dtype}, {"shape": value.shape, "span": None})
    if isinstance(value, Span):
        name = Shared(f"SourceName {value.source}", Parts("SourceName", text=value.source))
        numbers = {key: str(getattr(value, key)) for key in ("line", "column", "end_line", "end_column")}
        return Parts("Span", numbers, {"source_name": name})
    if isinstance(value, IncompleteType):
        return Parts("IncompleteType", {"kind": str(value.kind)}, {"span": None})
    if isinstance(value, GlobalVar):
        refs = {
            "name_hint": value.name,
            "virtual_device_": None,
            "span": None,
            "_checked_type_": None,
            "struct_info_": None,
        }
        return Parts("GlobalVar", refs=refs)
    if isinstance(value, prim.PrimExpr):
        return _prim(value)
    return _scalar(value)


def _constant(value: Constant, writer: _Writer) -> Parts:
    refs = {
        "virtual_device_": value.virtual_device or _UNCONSTRAINED,
        "span": value.span.declared if value.span else None,
        "_checked_type_": value.checked,
    }
    # Every constant has a type object of its own, also where ours is one of many uses.
    if isinstance(value.checked, TensorType):
        refs["_checked_type_"] = TensorType(value.checked.shape, value.checked.dtype)
    return Parts("relay.Constant", {"data": writer.blob(value.data)}, refs)


def _attrs(value: Attrs) -> Parts:
    if value.type_key == "Map":
        return Parts("Map", items=tuple(value.values()), keys=tuple(value))
    layout = layouts()[value.type_key]
    raw = {name: _raw(value[name]) for name, storage in layout if storage != "o"}
    return Parts(value.type_key, raw, {name: value[name] for name, storage in layout if storage == "o"})


def _raw(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.17g}" if isinstance(value, float) else str(value)


_PRIM_KEYS: dict[type[prim.PrimExpr], str] = {
    prim.Add: "tir.Add", prim.Sub: "tir.Sub", prim.Mul: "tir.Mul", prim.Div: "tir.Div", prim.TruncMod: "tir.Mod",
    prim.FloorDiv: "tir.FloorDiv", prim.FloorMod: "tir.FloorMod", prim.Min: "tir.Min", prim.Max: "tir.Max",
    prim.EQ: "tir.EQ", prim.NE: "tir.NE", prim.LT: "tir.LT", prim.LE: "tir.LE", prim.And: "tir.And", prim.Or: "tir.Or",
}  # fmt: skip


def _prim(value: prim.PrimExpr) -> Parts:
    dtype = {"dtype": value.dtype}
    match value:
        case prim.Var():
            kind = Parts("PrimType", dtype)
            return Parts(
                "tir.Var",
                dtype,
                {"name": value.name, "type_annotation": Shared(f"PrimType {id(value)}", kind), "span": None},
            )
        case prim.AnyDim():
            return Parts("tir.Any", dtype, {"span": None})
        case prim.IntImm():
            return Parts("IntImm", dtype | {"value": str(value.value)}, {"span": None})
        case prim.FloatImm():
            return Parts("FloatImm", dtype | {"value": _raw(value.value)}, {"span": None})
        case prim.Not():
            return Parts("tir.Not", dtype, {"a": value.a, "span": None})
        case prim.Cast():
            return Parts("tir.Cast", dtype, {"value": value.value, "span": None})
        case prim.Select():
            refs = {"condition": value.condition, "true_value": value.a, "false_value": value.b, "span": None}
            return Parts("tir.Select", dtype, refs)
        case prim.Binary():
            return Parts(_PRIM_KEYS[type(value)], dtype, {"a": value.a, "b": value.b, "span": None})
        case _:
            raise TypeError(f"no JSON form of {value!r}")


def _scalar(value: Any) -> Parts:
    if isinstance(value, str):
        return Parts("runtime.String", text=value)
    kind = getattr(
        value, "kind", "bool" if isinstance(value, bool) else "int32" if isinstance(value, int) else "float32"
    )
    if not isinstance(value, (int, float)):
        raise TypeError(f"no JSON form of {value!r}")
    if kind == BOX:
        return Parts("runtime.BoxInt" if isinstance(value, int) else "runtime.BoxFloat", text=_raw(value))
    return Parts(
        "IntImm" if isinstance(value, int) else "FloatImm", {"dtype": kind, "value": _raw(value)}, {"span": None}
    )
