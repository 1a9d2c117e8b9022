"""The metadata section of scripts: ``metadata = tvm.ir.load_json(...)``, in the JSON of every release.

Up to 0.21 nodes have a ``type_key`` and attributes as strings, and 0.19 keeps arrays apart (``b64ndarrays``); later
ones have a ``type`` and ``data``. Only what is referred to is decoded.
"""

from __future__ import annotations

import ast
import base64
import binascii
import json
import struct
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from relax_core.text.script import Script
from tensor_core import codes
from tensor_core.limits import DEFAULT
from tensor_core.ndarray import ndarray
from tensor_core.saved_arrays import CODES, DLPACK_CODES, BadArray, read_array

_CONSTANTS = {"relax.expr.Constant": "data", "ir.GenericConst": "value"}
_STRINGS = {"runtime.String", "ffi.String"}
_ARRAYS = {"ffi.NDArray", "ffi.Tensor", "runtime.NDArray"}


class Metadata:
    """A metadata section. ``item`` gives what a reference stands for: an array, of a constant or alone, or a string."""

    def __init__(self, script: Script, node: ast.Constant) -> None:
        self._script = script
        self._node = node
        try:
            graph = json.loads(cast(str, node.value))
            self._nodes: list[Any] = graph["nodes"]
            self._blobs: list[Any] = graph.get("b64ndarrays", [])
            self._new = "root_index" in graph
            root = graph["root_index" if self._new else "root"]
            self._codes: Mapping[int, str] = CODES if self._is_oldest() else DLPACK_CODES
            self._entries = self._map(root)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            problem = f"the metadata section is no JSON graph of TVM: {type(error).__name__}"
            raise script.error(node, codes.BAD_METADATA, problem) from None

    def _is_oldest(self) -> bool:
        # Of the releases that keep the type of a node under type_key, only 0.19 calls a map by this name.
        return not self._new and any(item.get("type_key") == "Map" for item in self._nodes)

    def _map(self, root: int) -> dict[str, list[int]]:
        """The references of each kind of object: places of nodes."""
        node = self._nodes[root]
        data = [int(item) for item in node["data"]]
        if self._new:
            pairs = {self._text(data[n]): data[n + 1] for n in range(0, len(data), 2)}
        else:
            pairs = dict(zip(node["keys"], data, strict=True))
        return {key: [int(item) for item in self._nodes[place]["data"]] for key, place in pairs.items()}

    def item(self, key: str, index: int, node: ast.expr) -> np.ndarray[Any, Any] | str:
        """What ``metadata[key][index]`` stands for. R2R0107 for what is not there, or of a kind that is not read."""
        places = self._entries.get(key, [])
        if not 0 <= index < len(places):
            problem = f'the metadata section has no metadata["{key}"][{index}]'
            raise self._script.error(node, codes.BAD_METADATA, problem)
        if key not in _CONSTANTS and key not in _STRINGS and key not in _ARRAYS:
            problem = f"objects of kind {key} in metadata sections are not read"
            raise self._script.error(node, codes.BAD_METADATA, problem, "only constants, arrays and strings are")
        try:
            if key in _ARRAYS:
                return ndarray(self._array(self._nodes[places[index]]))
            return self._text(places[index]) if key in _STRINGS else self._constant(places[index], _CONSTANTS[key])
        except BadArray as error:
            raise self._script.error(node, codes.BAD_METADATA, str(error)) from None
        except (ValueError, KeyError, TypeError, IndexError, binascii.Error, struct.error) as error:
            problem = f"this entry of the metadata section is damaged: {type(error).__name__}"
            raise self._script.error(node, codes.BAD_METADATA, problem) from None

    def _text(self, place: int) -> str:
        node = self._nodes[place]
        if self._new:
            return str(node["data"])
        if "repr_b64" in node:
            # The length in eight bytes, then the bytes.
            return base64.b64decode(node["repr_b64"], validate=True)[8:].decode()
        return str(node["repr_str"])

    def _constant(self, place: int, field: str) -> np.ndarray[Any, Any]:
        node = self._nodes[place]
        where = int(node["data" if self._new else "attrs"][field])
        return self._decoded(self._blobs[where]) if self._codes is CODES else self._array(self._nodes[where])

    def _array(self, node: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        if node.get("type", node.get("type_key")) not in _ARRAYS:
            raise ValueError("no array")
        return self._decoded(node["data"] if self._new else node["repr_str"])

    def _decoded(self, blob: str) -> np.ndarray[Any, Any]:
        data = base64.b64decode(blob, validate=True)
        found, end = read_array(data, 0, DEFAULT, self._codes)
        if end != len(data):
            raise ValueError("bytes behind the array")
        return found


def is_reference(node: ast.Subscript) -> tuple[str, int] | None:
    """The key and the place of ``metadata[key][place]``; None for another expression."""
    match node:
        case ast.Subscript(
            value=ast.Subscript(value=ast.Name(id="metadata"), slice=ast.Constant(value=str() as key)),
            slice=ast.Constant(value=int() as place),
        ):
            return key, place
        case _:
            return None


def section_of(call: ast.expr) -> ast.Constant | None:
    """The text in ``tvm.ir.load_json(text)``; None for another expression."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="tvm"), attr="ir"), attr="load_json"),
            args=[ast.Constant(value=str()) as text],
            keywords=[],
        ):
            return text
        case _:
            return None
