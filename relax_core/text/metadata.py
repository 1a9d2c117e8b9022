"""The metadata section of printed scripts, in the JSON that the release writes. Source spans are left out of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from relax_core.ir.expr import Constant
from relax_core.text.document import Document
from tensor_core import dtypes
from tensor_core.saved_arrays import CODES, DLPACK_CODES, write_array

_WITHOUT_BOOL = {code: name for code, name in DLPACK_CODES.items() if name != "bool"}


def metadata_section(document: Document) -> str:
    """``metadata = tvm.ir.load_json(...)`` with all objects that the text refers to."""
    graph = _FORMATS[document.profile.metadata](document)
    text = graph.replace("\\", "\\\\").replace('"', '\\"')
    return f'metadata = tvm.ir.load_json("""{text}""")'


def _kinds(document: Document) -> list[tuple[str, list[Any]]]:
    """The kinds of objects in the order in which TVM's hash table gives them: latest first."""
    return list(reversed(document.metadata.items()))


def _blob(array: np.ndarray[Any, Any], codes: Mapping[int, str]) -> str:
    return base64.b64encode(write_array(array, codes)).decode()


def _dtype(array: np.ndarray[Any, Any], document: Document) -> str:
    name = dtypes.from_numpy(array.dtype)
    return document.profile.dtypes.get(name, name)


# ---- up to 0.21: nodes in the order in which they are met, references as strings


class _Numbered:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes: list[str] = ['    {\n      "type_key": ""\n    }']
        self.blobs: list[str] = []

    def take(self) -> int:
        self.nodes.append("")
        return len(self.nodes) - 1

    def put(self, place: int, type_key: str, attrs: Mapping[str, Any] | None = None, *lines: str) -> None:
        parts = [f'      "type_key": "{type_key}"', *lines]
        if attrs is not None:
            inner = ", \n".join([f'        "{key}": "{attrs[key]}"' for key in sorted(attrs)])
            parts.append(f'      "attrs": {{\n{inner}\n      }}')
        self.nodes[place] = "    {\n" + ", \n".join(parts) + "\n    }"

    def root(self, names: tuple[str, str], item: Callable[[str, Any], int]) -> None:
        top = self.take()
        places: list[int] = []
        for key, items in _kinds(self.document):
            place = self.take()
            places.append(place)
            self.put(place, names[1], None, f'      "data": [{", ".join([str(item(key, each)) for each in items])}]')
        keys = ", \n".join([f'        "{key}"' for key, _ in _kinds(self.document)])
        self.put(
            top, names[0], None, f'      "keys": [\n{keys}\n      ]', f'      "data": [{", ".join(map(str, places))}]'
        )

    def text(self, version: str) -> str:
        blobs = ", \n".join([f'    "{blob}"' for blob in self.blobs])
        blobs = f"[\n{blobs}\n  ]" if blobs else "[]"
        nodes = ", \n".join(self.nodes)
        return (
            f'{{\n  "root": 1, \n  "nodes": [\n{nodes}\n  ], \n  "b64ndarrays": {blobs}, \n'
            f'  "attrs": {{"tvm_version": "{version}"}}\n}}'
        )

    def dims(self, type_key: str, span: str, shape: Sequence[int], array: int, name: str) -> None:
        places = [self.take() for _ in shape]
        for place, dim in zip(places, shape, strict=True):
            self.put(place, type_key, {"dtype": "int64", "span": span, "value": dim})
        self.put(array, name, None, f'      "data": [{", ".join(map(str, places))}]')


def _oldest(document: Document) -> str:
    """The graph of 0.19 and 0.20."""
    out = _Numbered(document)
    tensor = "relax.DynTensorType" if document.release == "0.19" else "relax.TensorType"

    def item(key: str, each: Any) -> int:
        place = out.take()
        codes = CODES if document.release == "0.19" else _WITHOUT_BOOL
        if not isinstance(each, Constant | str):
            out.put(place, key, None, f'      "repr_str": "{_blob(each, codes)}"')
            return place
        if not isinstance(each, Constant):
            data = each.encode()
            raw = base64.b64encode(len(data).to_bytes(8, "little") + data).decode()
            out.put(place, key, None, f'      "repr_b64": "{raw}"')
            return place
        array, rank, dtype = each.data, each.data.ndim, _dtype(each.data, document)
        info, shape, values = out.take(), out.take(), out.take()
        out.dims("IntImm", "0", array.shape, values, "Array")
        shape_info, shape_type, checked = out.take(), out.take(), out.take()
        out.blobs.append(_blob(array, codes))
        common = {"ndim": rank, "span": 0}
        blob = len(out.blobs) - 1
        out.put(place, key, {"_checked_type_": checked, "data": blob, "span": 0, "struct_info_": info})
        out.put(info, "relax.TensorStructInfo", {**common, "dtype": dtype, "shape": shape, "vdevice": 0})
        attrs = {"_checked_type_": shape_type, "span": 0, "struct_info_": shape_info, "values": values}
        out.put(shape, "relax.expr.ShapeExpr", attrs)
        out.put(shape_info, "relax.ShapeStructInfo", {**common, "values": values})
        out.put(shape_type, "relax.ShapeType", common)
        out.put(checked, tensor, {**common, "dtype": dtype})
        return place

    out.root(("Map", "Array"), item)
    return out.text(f"{document.release}.0")


def _middle(document: Document) -> str:
    """The graph of 0.21."""
    out = _Numbered(document)

    def item(key: str, each: Any) -> int:
        if not isinstance(each, Constant):
            place = out.take()
            out.put(place, key, None, f'      "repr_str": "{_blob(each, _WITHOUT_BOOL)}"')
            return place
        place, info, shape, shape_info, values = [out.take() for _ in range(5)]
        array = each.data
        out.dims("ir.IntImm", "null", array.shape, values, "ffi.Array")
        data = out.take()
        rank = {"ndim": array.ndim}
        out.put(place, key, {"data": data, "span": "null", "struct_info_": info})
        attrs = {**rank, "dtype": _dtype(array, document), "shape": shape, "vdevice": "null"}
        out.put(info, "relax.TensorStructInfo", attrs)
        out.put(shape, "relax.expr.ShapeExpr", {"span": "null", "struct_info_": shape_info, "values": values})
        out.put(shape_info, "relax.ShapeStructInfo", {**rank, "values": values})
        out.put(data, "ffi.NDArray", None, f'      "repr_str": "{_blob(array, _WITHOUT_BOOL)}"')
        return place

    out.root(("ffi.Map", "ffi.Array"), item)
    return out.text("0.21.dev0")


# ---- from 0.22 on: nodes after what they refer to


class _Nodes:
    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self._known: dict[tuple[str, str], int] = {}

    def add(self, kind: str, data: Any = None) -> int:
        self.nodes.append({"type": kind} if data is None else {"type": kind, "data": data})
        return len(self.nodes) - 1

    def once(self, kind: str, data: Any = None, key: str = "") -> int:
        """A node that is written once."""
        place = self._known.get((kind, key or str(data)))
        if place is None:
            place = self._known[kind, key or str(data)] = self.add(kind, data)
        return place


def _newest(document: Document) -> str:
    out = _Nodes()
    constant = _newest_constant if document.profile.wraps_scalars else _typed_constant

    def node(item: Any) -> int:
        if isinstance(item, Constant):
            return constant(out, item, document)
        if isinstance(item, str):
            return out.once("ffi.String", item)
        return out.add(document.profile.arrays, _blob(item, DLPACK_CODES))

    pairs: list[int] = []
    for key, items in _kinds(document):
        pairs.append(out.once("ffi.String", key))
        pairs.append(out.add("ffi.Array", list(map(node, items))))
    root = out.add("ffi.Map", pairs)
    version = {"0.25": "0.25.0.post1", "0.27": "0.27.0.post1"}.get(document.release, f"{document.release}.0")
    graph = {"root_index": root, "nodes": out.nodes, "metadata": {"tvm_version": version}}
    return json.dumps(graph, indent=2, ensure_ascii=False).replace("/", "\\/")


def _newest_constant(out: _Nodes, item: Constant, document: Document) -> int:
    """A constant in the graph of 0.22 to 0.25."""
    array, none = item.data, out.once("None")
    dims = [out.add("ir.IntImm", {"span": none, "dtype": "int64", "value": int(dim)}) for dim in array.shape]
    values = out.add("ffi.Array", dims)
    info = out.add("relax.ShapeStructInfo", {"span": none, "values": values, "ndim": array.ndim})
    shape = out.add("relax.expr.ShapeExpr", {"span": none, "struct_info_": info, "values": values})
    fields = {"span": none, "shape": shape, "dtype": _dtype(array, document), "vdevice": none, "ndim": array.ndim}
    type_ = out.add("relax.TensorStructInfo", fields)
    data = out.add("ffi.Tensor", _blob(array, DLPACK_CODES))
    return out.add("relax.expr.Constant", {"span": none, "struct_info_": type_, "data": data})


def _typed_constant(out: _Nodes, item: Constant, document: Document) -> int:
    """A constant in the graph of 0.26 and 0.27."""
    array, none = item.data, out.once("None")
    newest = document.profile.type_vars

    def scalar(dtype: str) -> int:
        return out.once("ir.PrimType", {"span": none, "dtype": dtype}, dtype)

    dims: list[int] = []
    for dim in map(int, array.shape):
        type_ = scalar("int64")
        value = out.once("int", dim) if newest else dim
        dims.append(out.add("ir.IntImm", {"span": none, "ty": type_, "value": value}))
    values = out.add("ffi.Array", dims)
    info = out.add("relax.ShapeType", {"span": none, "values": values, "ndim": array.ndim})
    shape = out.add("relax.expr.ShapeExpr", {"span": none, "ty": info, "values": values})
    dtype = scalar(_dtype(array, document))
    fields = {"span": none, "shape": shape, "dtype": dtype, "vdevice": none, "ndim": array.ndim}
    type_ = out.add("relax.TensorType", fields)
    data = out.add("ffi.Tensor", _blob(array, DLPACK_CODES))
    key = document.profile.constants
    return out.add(key, {"span": none, "ty": type_, "value" if newest else "data": data})


_FORMATS: Mapping[str, Callable[[Document], str]] = {"oldest": _oldest, "middle": _middle, "newest": _newest}
