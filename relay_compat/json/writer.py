"""The JSON of tvm.ir.save_json for what a metadata section holds, byte for byte as TVM 0.19 writes it.

Nodes are numbered when they are first reached, parents before children, in the order in which TVM visits fields.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from relay_compat.json.nodes import Shared, parts_of
from relay_compat.ndarrays import write_array
from tensor_core.types import TensorType

VERSION = "0.19.0"
"""The release that the output claims to be written by."""


def save_json(root: Any) -> str:
    """The JSON text of an object."""
    writer = _Writer()
    writer.number(root)
    return writer.text(1)


_UNSHARED = (tuple, TensorType)
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
        # Plain values and tensor types are shared here by chance; in TVM each is an object of its own.
        if type(value) not in _UNSHARED and not isinstance(value, (int, float, str)):
            known = self._numbers.get(key)
            if known is not None:
                return known, None
        number = len(self._nodes)
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
