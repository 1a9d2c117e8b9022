"""The node list of a JSON module: parsed, bounded, with a place in the text for every node."""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import cached_property
from typing import Any, cast

import numpy as np

from tensor_core import codes
from tensor_core.diagnostics import Code, DiagnosticError, fail
from tensor_core.limits import Limits
from tensor_core.saved_arrays import BadArray, read_array
from tensor_core.spans import Source, Span

_TYPE_KEY = re.compile(r'"type_key"\s*:')
_HINT = "was it written by tvm.ir.save_json?"


class Graph:
    """Nodes and arrays of a JSON module that starts at ``start`` in ``source``.

    DiagnosticError R2R0301 when the text is no such module, R2R0111 when it exceeds the limits.
    """

    def __init__(self, source: Source, start: int, limits: Limits) -> None:
        self.source = source
        self.start = start
        self.limits = limits
        self._arrays: dict[int, np.ndarray] = {}
        data = self._load()
        nodes, blobs, root = data.get("nodes"), data.get("b64ndarrays", []), data.get("root")
        if not isinstance(nodes, list) or not isinstance(blobs, list):
            raise self.error(codes.BAD_JSON, "the JSON has no list of nodes", None, _HINT)
        self.nodes = cast("list[Any]", nodes)
        self._blobs = cast("list[Any]", blobs)
        if len(self.nodes) > limits.nodes:
            raise self.error(codes.LIMIT, f"the JSON has {len(self.nodes)} nodes, the limit is {limits.nodes}")
        if type(root) is not int or not 0 < root < len(self.nodes):
            raise self.error(codes.BAD_JSON, "the JSON names no root node", None, _HINT)
        self.root = root
        attrs = data.get("attrs")
        self.written_by: Any = cast("dict[str, Any]", attrs).get("tvm_version") if isinstance(attrs, dict) else None

    def _load(self) -> dict[str, Any]:
        text = self.source.text[self.start :] if self.start else self.source.text
        if len(text) > self.limits.bytes:
            raise self.error(codes.LIMIT, f"the JSON has {len(text)} characters, the limit is {self.limits.bytes}")
        try:
            data: Any = json.loads(text)
        except json.JSONDecodeError as error:
            span = self.source.span(self.start + error.pos)
            raise fail(codes.BAD_JSON, f"the JSON cannot be read: {error.msg}", span, _HINT, self.source) from None
        except (ValueError, RecursionError) as error:
            raise self.error(codes.BAD_JSON, f"the JSON cannot be read: {error}") from None
        if not isinstance(data, dict):
            raise self.error(codes.BAD_JSON, "the JSON is no object", None, _HINT)
        return cast("dict[str, Any]", data)

    @cached_property
    def _offsets(self) -> list[int]:
        return [match.start() for match in _TYPE_KEY.finditer(self.source.text, self.start)]

    def span(self, index: int | None) -> Span:
        """Where a node stands in the text; None stands for the whole."""
        if index is None or not 0 <= index < len(self._offsets):
            return self.source.span(self.start)
        offset = self._offsets[index]
        return self.source.span(offset, offset + len('"type_key"'))

    def error(self, code: Code, message: str, index: int | None = None, hint: str = "") -> DiagnosticError:
        """A diagnostic that points at a node."""
        return fail(code, message, self.span(index), hint, self.source)

    def bad(self, index: int, message: str) -> DiagnosticError:
        """R2R0301 at a node."""
        return self.error(codes.BAD_JSON, f"node {index}: {message}", index)

    def node(self, index: int) -> dict[str, Any]:
        """One node; its ``type_key`` is a string."""
        node = self.nodes[index]
        if not isinstance(node, dict) or not isinstance(cast("dict[str, Any]", node).get("type_key"), str):
            raise self.bad(index, "it is no object with a type_key")
        return cast("dict[str, Any]", node)

    def append(self, node: dict[str, Any]) -> int:
        """Add a node before anything is decoded; its number."""
        self.nodes.append(node)
        self._numbers[str(len(self.nodes) - 1)] = len(self.nodes) - 1
        return len(self.nodes) - 1

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {str(number): number for number in range(len(self.nodes))}

    def reference(self, value: Any, index: int) -> int:
        """The reference in a field of node ``index`` as an index in range; 0 is null."""
        number = self._numbers.get(value) if isinstance(value, str) else None
        if number is None:
            raise self._out_of_range(value, index)
        return number

    def _out_of_range(self, value: Any, index: int) -> DiagnosticError:
        return self.bad(index, f"reference {value!s:.40} is out of range, there are {len(self.nodes)} nodes")

    def references(self, node: dict[str, Any], index: int) -> list[int]:
        """The references in a node's ``data``."""
        data = node.get("data", [])
        if not isinstance(data, list):
            raise self.bad(index, "its data is no list")
        count = len(self.nodes)
        for number in cast("list[Any]", data):
            if type(number) is not int or not 0 <= number < count:
                raise self._out_of_range(number, index)
        return cast("list[int]", data)

    def array(self, value: Any, index: int) -> np.ndarray:
        """The array of ``b64ndarrays`` that node ``index`` names."""
        number = (
            int(value) if isinstance(value, str) and len(value) < 12 and value.isascii() and value.isdigit() else -1
        )
        if not 0 <= number < len(self._blobs):
            raise self.bad(index, f"array {value!r:.40} is out of range, there are {len(self._blobs)}")
        if number not in self._arrays:
            self._arrays[number] = self.decode_array(self._blobs[number], index)
        return self._arrays[number]

    def decode_array(self, text: Any, index: int) -> np.ndarray:
        """An array from its base64 text."""
        if not isinstance(text, str):
            raise self.bad(index, "an array is no base64 text")
        try:
            data = base64.b64decode(text, validate=True)
            array, end = read_array(data, 0, self.limits)
        except (binascii.Error, BadArray, ValueError) as error:
            raise self.bad(index, f"its array cannot be read: {error}") from None
        if end != len(data):
            raise self.bad(index, f"its array is followed by {len(data) - end} more bytes")
        return array
