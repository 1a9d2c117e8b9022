"""Global information of scripts, and what refers to it: virtual devices, meshes of devices, devices of hints."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, cast

from relax_core.ir.distributed import DeviceMesh
from relax_core.ir.expr import Call, op
from relax_core.ir.global_info import DummyGlobalInfo, VDevice
from relax_core.text.read_values import Value, ValueReader
from tensor_core import codes
from tensor_core.attrs import Attrs

Read = Callable[[ValueReader, ast.Call, int], Value]

# DLPack's numbers of devices, under the names that scripts have for them.
_DEVICES = {
    "cpu": 1, "cuda": 2, "gpu": 2, "opencl": 4, "vulkan": 7, "metal": 8, "vpi": 9, "rocm": 10, "ext_dev": 12,
    "hexagon": 16, "webgpu": 15,
}  # fmt: skip


def _arguments(reader: ValueReader, node: ast.Call, names: tuple[str, ...], depth: int) -> dict[str, Value]:
    """The arguments of a call by name; R2R0201 and R2R0101 for such as it does not take."""
    if len(node.args) > len(names):
        raise reader.script.error(node, codes.ARITY, f"at most {len(names)} arguments expected")
    given = dict(zip(names, node.args, strict=False))
    for keyword in node.keywords:
        if keyword.arg not in names or keyword.arg in given:
            raise reader.script.error(keyword.value, codes.SYNTAX, f"unexpected argument {keyword.arg or '**'}")
        given[keyword.arg] = keyword.value
    return {key: reader.value(item, depth + 1) for key, item in given.items()}


def _whole(reader: ValueReader, node: ast.Call, value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise reader.script.error(node, codes.BAD_LITERAL, "expected a whole number")
    return value


def _virtual_device(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    """``I.vdevice(target, number, memory scope)``; a target is its name or its attributes."""
    given = _arguments(reader, node, ("target", "vdevice_id", "memory_scope"), depth)
    target, scope = given.get("target"), given.get("memory_scope", "global")
    if not isinstance(scope, str) or not isinstance(target, str | dict | None):
        raise reader.script.error(node, codes.SYNTAX, "expected I.vdevice(target, number, memory scope)")
    return VDevice(target, _whole(reader, node, given.get("vdevice_id", 0)), scope)


def _dummy(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    _arguments(reader, node, (), depth)
    return DummyGlobalInfo()


def _range(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    given = _arguments(reader, node, ("begin", "end"), depth)
    first, end = given.get("begin", 0), given.get("end")
    return range(_whole(reader, node, first), _whole(reader, node, first if end is None else end))


def _mesh(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    """``R.device_mesh(shape, I.Range(first, end))``, or with a list of devices."""
    given = _arguments(reader, node, ("shape", "device_ids"), depth)
    shape, devices = given.get("shape"), given.get("device_ids", [])
    if not isinstance(shape, list) or not isinstance(devices, list | range):
        raise reader.script.error(node, codes.SYNTAX, "expected R.device_mesh(shape, devices)")
    grid = tuple([_whole(reader, node, item) for item in cast("list[Any]", shape)])
    if isinstance(devices, range):
        return DeviceMesh(grid, (), (devices.start, devices.stop))
    return DeviceMesh(grid, tuple([_whole(reader, node, item) for item in cast("list[Any]", devices)]))


def _device(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    """``R.device(kind, number)``: the kind as DLPack's number or by name."""
    names = ("device_type", "index") if _says(node, "device_type", "index") else ("dev_type", "dev_id")
    given = _arguments(reader, node, names, depth)
    kind, index = given.get(names[0]), given.get(names[1])
    if isinstance(kind, str):
        kind = _DEVICES.get(kind)
    return _Device(_whole(reader, node, kind), _whole(reader, node, index or 0))


def _says(node: ast.Call, *names: str) -> bool:
    return any(keyword.arg in names for keyword in node.keywords)


def _named_device(kind: int) -> Read:
    def read(reader: ValueReader, node: ast.Call, depth: int) -> Value:
        given = _arguments(reader, node, ("dev_id",), depth)
        return _Device(kind, _whole(reader, node, given.get("dev_id", 0)))

    return read


class _Device(tuple[int, int]):
    """A device of a hint: its kind as DLPack's number, and its number among those."""

    __slots__ = ()

    def __new__(cls, kind: int, index: int) -> _Device:
        return super().__new__(cls, (kind, index))


def _hint(reader: ValueReader, node: ast.Call, depth: int) -> Value:
    """``hint_on_device(value, device, scope)``."""
    if not node.args:
        raise reader.script.error(node, codes.ARITY, "R.hint_on_device takes a value and a device")
    value = reader.leaf(node.args[0], depth + 1)
    rest = ast.copy_location(ast.Call(node.func, node.args[1:], node.keywords), node)
    given = _arguments(reader, rest, ("dst_vdevice", "memory_scope"), depth)
    device, scope = given.get("dst_vdevice"), given.get("memory_scope", "global")
    if not isinstance(device, _Device) or not isinstance(scope, str):
        raise reader.script.error(node, codes.SYNTAX, "expected R.hint_on_device(value, R.device(...), scope)")
    attrs = {"device_type": device[0], "index": device[1], "memory_scope": scope}
    return reader.made(op("relax.hint_on_device"), [value], node, Attrs("relax.attrs.HintOnDeviceAttrs", attrs))


def _to_device(reader: ValueReader, node: ast.Call, depth: int) -> Call:
    """``to_vdevice(value, "cuda:0")``."""
    nodes = [*node.args, *(item.value for item in node.keywords if item.arg == "dst_vdevice")]
    if len(nodes) != 2 or len(node.keywords) > 1:
        raise reader.script.error(node, codes.ARITY, "R.to_vdevice takes a value and a virtual device")
    value = reader.leaf(nodes[0], depth + 1)
    found = reader.types.device(nodes[1])
    attrs = Attrs("relax.attrs.ToVDeviceAttrs", {"dst_vdevice": found})
    return reader.made(op("relax.to_vdevice"), [value], node, attrs)


INFOS: Mapping[str, Read] = {
    "I.vdevice": _virtual_device,
    "I.dummy_global_info": _dummy,
    "I.Range": _range,
    "R.Range": _range,
    "R.device_mesh": _mesh,
    "R.dist.device_mesh": _mesh,
    "R.device": _device,
    **{f"R.{name}": _named_device(kind) for name, kind in _DEVICES.items()},
    "R.hint_on_device": _hint,
    "R.to_vdevice": _to_device,
}
"""Readers by full name."""
