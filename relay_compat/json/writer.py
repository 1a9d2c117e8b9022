"""The JSON of tvm.ir.save_json in the layout of TVM 0.19: whole modules, single objects, metadata sections.

Nodes are numbered when they are first reached, parents before children, in the order in which TVM visits fields. A
metadata section comes out byte for byte as TVM writes it. A module has the same nodes, except that equal integers,
strings and types, which TVM shares as its passes happened to make them, are shared, and that maps, which TVM lists in
the order of their hashes, keep their own order.
"""

from __future__ import annotations

import base64
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from relay_compat.json.node_text import lines, node_text
from relay_compat.json.nodes import Parts, Shared, parts_of
from tensor_core.attrs import Attrs
from tensor_core.collection import collection_paused
from tensor_core.saved_arrays import write_array
from tensor_core.types import TensorType

VERSION = "0.19.0"
"""The release that the output claims to be written by."""


def save_json(root: Any) -> str:
    """The JSON text of a module, expression, type, span, attributes, or a tuple or mapping of such (tvm.ir.save_json).

    Inferred types are written along, spans where a front end declared them. Depth is no limit, cost is linear.
    DiagnosticError R2R0107 for an object that the format has no form for.
    """
    with collection_paused():
        writer = _Writer(share_values=True)
        return writer.text(writer.number(root))


def save_metadata(sections: Attrs) -> str:
    """The JSON text of a metadata section: objects by kind."""
    writer = _Writer(share_values=False)
    return writer.text(writer.number(sections))


class _Open(NamedTuple):
    """A node some of whose objects have no number yet."""

    number: int
    parts: Parts
    raw: Mapping[str, str]
    pending: Iterator[Any]
    numbers: list[int]


class _Writer:
    def __init__(self, share_values: bool) -> None:
        self._share_values = share_values
        self._nodes = [lines(('"type_key": ""',), "    {", "}", 4)]
        self._numbers: dict[Hashable, int] = {}
        self._alive: list[Any] = []
        self._blobs: list[str] = []

    def number(self, root: Any) -> int:
        """Number an object and all it refers to."""
        top = _Open(0, Parts(""), {}, iter((root,)), [])
        stack = [top]
        while stack:
            number, parts, raw, pending, numbers = stack[-1]
            for value in pending:
                key = None if value is None else self._key(value)
                known = 0 if value is None else self._numbers.get(key)
                if known is not None:
                    numbers.append(known)
                    continue
                opened = self._open(value, key)
                numbers.append(opened.number)
                stack.append(opened)
                break
            else:
                stack.pop()
                if number:
                    self._nodes[number] = node_text(parts, raw, numbers)
        return top.numbers[0]

    def _open(self, value: Any, key: Hashable) -> _Open:
        number = len(self._nodes)
        self._nodes.append("")
        if key is not None:
            self._numbers[key] = number
            self._alive.append(value)
        parts = value.parts if isinstance(value, Shared) else parts_of(value)
        raw = parts.raw if parts.array is None else {**parts.raw, "data": self._blob(parts.array)}
        return _Open(number, parts, raw, iter(parts.items or parts.refs.values()), [])

    def _key(self, value: object) -> Hashable:
        """What an object is known by; None for one that is written again wherever it occurs."""
        if isinstance(value, Shared):
            return value.key
        if not isinstance(value, _VALUES):
            return id(value)
        # Plain values and tensor types are shared here by chance; in TVM each is an object of its own.
        if not self._share_values or isinstance(value, (tuple, float)):
            return None
        return type(value), value, getattr(value, "kind", None)

    def _blob(self, array: np.ndarray) -> str:
        """The number of an array in the list of arrays."""
        self._blobs.append(base64.b64encode(write_array(array)).decode())
        return str(len(self._blobs) - 1)

    def text(self, root: int) -> str:
        """All that was numbered as JSON."""
        nodes = ", \n".join(self._nodes)
        blobs = lines((f'"{blob}"' for blob in self._blobs), "[", "]", 2) if self._blobs else "[]"
        return (
            f'{{\n  "root": {root}, \n  "nodes": [\n{nodes}\n  ], \n  "b64ndarrays": {blobs}, \n'
            f'  "attrs": {{"tvm_version": "{VERSION}"}}\n}}'
        )


_VALUES = (tuple, TensorType, int, float, str)
