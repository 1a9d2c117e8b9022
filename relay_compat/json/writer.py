"""The JSON of tvm.ir.save_json in the layout of TVM 0.19: whole modules, single objects, metadata sections.

Nodes are numbered when they are first reached, parents before children, in the order in which TVM visits fields. A
metadata section comes out byte for byte as TVM writes it. A module has the same nodes, except that equal integers,
strings and types, which TVM shares as its passes happened to make them, are shared, and that maps, which TVM lists in
the order of their hashes, keep their own order.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import numpy as np

from relay_compat.json.nodes import Shared, parts_of
from relay_compat.ndarrays import write_array
from tensor_core.attrs import Attrs
from tensor_core.types import TensorType

VERSION = "0.19.0"
"""The release that the output claims to be written by."""


def save_json(root: Any) -> str:
    """The JSON text of a module, expression, type, span, attributes, or a tuple or mapping of such (tvm.ir.save_json).

    Inferred types are written along, spans where a front end declared them. Depth is no limit, cost is linear.
    DiagnosticError R2R0107 for an object that the format has no form for.
    """
    writer = _Writer(share_values=True)
    return writer.text(writer.number(root))


def save_metadata(sections: Attrs) -> str:
    """The JSON text of a metadata section: objects by kind."""
    writer = _Writer(share_values=False)
    return writer.text(writer.number(sections))


_Place = tuple[Any, dict[str, Any], str | None]
"""An object, the node that refers to it, and the field where it does (None: its data list)."""


class _Writer:
    def __init__(self, share_values: bool) -> None:
        self._share_values = share_values
        self._nodes: list[dict[str, Any]] = [{"type_key": ""}]
        self._numbers: dict[Hashable, int] = {}
        self._alive: list[Any] = []
        self._blobs: list[str] = []

    def number(self, root: Any) -> int:
        """Number an object and all it refers to."""
        top: dict[str, Any] = {}
        first: _Place = (root, top, None)
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
        return top["data"][0]

    def _enter(self, value: object) -> tuple[int, Iterator[_Place] | None]:
        """The number of an object; what it refers to when the object is new."""
        if value is None:
            return 0, None
        key = self._key(value)
        known = self._numbers.get(key)
        if known is not None:
            return known, None
        number = len(self._nodes)
        if key is not None:
            self._numbers[key] = number
            self._alive.append(value)
        parts = value.parts if isinstance(value, Shared) else parts_of(value)
        node: dict[str, Any] = {"type_key": parts.type_key}
        self._nodes.append(node)
        if parts.text is not None:
            node["repr_str"] = parts.text
        if parts.keys:
            node["keys"] = list(parts.keys)
        if parts.raw or parts.refs:
            node["attrs"] = dict(parts.raw)
        if parts.array is not None:
            node["attrs"]["data"] = self._blob(parts.array)
        if parts.items:
            return number, iter([(item, node, None) for item in parts.items])
        return number, iter([(item, node, name) for name, item in parts.refs.items()])

    def _key(self, value: object) -> Hashable:
        """What an object is known by; None for one that is written again wherever it occurs."""
        if isinstance(value, Shared):
            return value.key
        if isinstance(value, (TensorType, int, str)) and self._share_values:
            return type(value), value, getattr(value, "kind", None)
        # Plain values and tensor types are shared here by chance; in TVM each is an object of its own.
        return None if isinstance(value, (tuple, TensorType, int, float, str)) else id(value)

    def _blob(self, array: np.ndarray) -> str:
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
