"""How a module's global information is spelled: virtual devices, meshes of devices, and what names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from relax_core.ir.distributed import DeviceMesh
from relax_core.ir.global_info import DummyGlobalInfo, VDevice
from relax_core.text.document import Document
from relax_core.text.literals import float_text, string_text
from tensor_core import codes
from tensor_core.diagnostics import fail


def info_text(infos: Mapping[str, Any], document: Document) -> str:
    """``I.module_global_infos({...})`` of a module, kinds in alphabetical order as TVM writes them."""
    parts: list[str] = []
    for key in sorted(infos):
        items = infos[key] if isinstance(infos[key], list | tuple) else [infos[key]]
        parts.append(f"{string_text(key)}: [{', '.join([_entry(item, document) for item in items])}]")
    return f"I.module_global_infos({{{', '.join(parts)}}})"


def _entry(item: Any, document: Document) -> str:
    match item:
        case VDevice():
            return f"I.vdevice({_target(item.target)}, {item.vdevice_id}, {string_text(item.memory_scope)})"
        case DeviceMesh():
            return _mesh(item)
        case DummyGlobalInfo():
            return "I.dummy_global_info()"
        case _:
            kind = type(item).__name__
            raise fail(
                codes.UNPRINTABLE, f"global information of kind {kind} has no spelling in TVM {document.release}"
            )


def _mesh(mesh: DeviceMesh) -> str:
    shape = ", ".join(map(str, mesh.shape)) + ("," if len(mesh.shape) == 1 else "")
    if mesh.device_range is not None:
        return f"R.device_mesh(({shape}), I.Range({mesh.device_range[0]}, {mesh.device_range[1]}))"
    return f"R.device_mesh(({shape}), [{', '.join(map(str, mesh.device_ids))}])"


def mesh_text(mesh: DeviceMesh, document: Document) -> str:
    """A mesh where a type mentions it: by its place in the module, or in full outside of one. R2R0407 where the module
    does not list it.
    """
    if document.module is None:
        return _mesh(mesh)
    for key, items in document.module.global_infos.items():
        for place, item in enumerate(items):
            if item is mesh:
                return string_text(f"{key}[{place}]")
    raise fail(codes.UNPRINTABLE, "a mesh of devices is not among the module's global information")


def device_text(device: VDevice, document: Document) -> str:
    """A virtual device where a type or a call mentions it: ``"llvm:0"``, since 0.23 with its memory scope. R2R0407
    where the module does not list it.
    """
    kind = device.kind
    place = 0
    known = document.module.global_infos.get("vdevice", ()) if document.module is not None else ()
    for item in known:
        if item is device:
            break
        place += item.kind == kind
    else:
        # TVM says -1 of a device that the module does not list, and cannot read that.
        if document.module is not None and not document.config.exact:
            raise fail(codes.UNPRINTABLE, f"a virtual device of {kind} is not among the module's global information")
        place = -1
    return string_text(f"{kind}:{place}:{device.memory_scope}" if document.profile.device_scope else f"{kind}:{place}")


def _target(target: Any) -> str:
    """A target: its name, or its attributes sorted as TVM exports them."""
    if isinstance(target, str):
        return string_text(target)
    if isinstance(target, Mapping):
        items = cast("Mapping[str, Any]", target)
        return f"{{{', '.join([f'{string_text(key)}: {_target(items[key])}' for key in sorted(items)])}}}"
    if isinstance(target, list | tuple):
        return f"[{', '.join(map(_target, cast('Sequence[Any]', target)))}]"
    if isinstance(target, float):
        return float_text(target)
    if target is None or isinstance(target, int):
        return str(target)
    exported = getattr(target, "export", None)
    if callable(exported):
        return _target(exported())
    raise fail(codes.UNPRINTABLE, f"a target of type {type(target).__name__} has no spelling in text")
