"""Where values live: Relay's virtual devices are entries of a Relax module, its marks calls that name one.

``device_copy`` is ``to_vdevice``; ``on_device``, which wishes and copies nothing, is ``hint_on_device``, which TVM's
pass RealizeVDevice turns into placements before a build (0.19 to 0.27).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import relax_core.ir.expr as relax
from relax_core.builtins.table import builtin
from relax_core.ir.global_info import VDevice
from relay_compat.ir.values import Record
from tensor_core.attrs import Attrs
from tensor_core.device import KINDS
from tensor_core.module import IRModule

_OPEN = -1
_TARGETS = {number: name for name, number in reversed(KINDS.items())} | {1: "llvm"}
"""The target that stands for a kind of device where none is given."""


def placed(module: IRModule, where: Any) -> VDevice | None:
    """The module's entry for a Relay virtual device, added where it is new; None for one that leaves the kind open."""
    if not isinstance(where, Record):
        return None
    fields = {entry.name: entry.value for entry in where.entries}
    kind, index = int(fields["device_type_int"]), int(fields["virtual_device_id"])
    if kind not in _TARGETS:
        return None
    target = _target(fields.get("target")) or _TARGETS[kind]
    found = VDevice(target, 0 if index == _OPEN else index, fields.get("memory_scope") or "global")
    known: tuple[VDevice, ...] = tuple(module.global_infos.get("vdevice", ()))
    for item in known:
        if (item.target, item.vdevice_id, item.memory_scope) == (found.target, found.vdevice_id, found.memory_scope):
            return item
    module.global_infos["vdevice"] = (*known, found)
    return found


def _target(target: Any) -> str:
    """The kind of a Relay target."""
    if not isinstance(target, Record):
        return ""
    kind = {entry.name: entry.value for entry in target.entries}.get("kind")
    return kind if isinstance(kind, str) else ""


def device_copy(params: Any, args: Sequence[relax.Expr], module: IRModule, release: str) -> relax.Call | None:
    """``relax.to_vdevice``; None where no device is named."""
    del release
    device = placed(module, params.dst_virtual_device)
    if device is None:
        return None
    attrs = Attrs("relax.attrs.ToVDeviceAttrs", {"dst_vdevice": device})
    return relax.Call(relax.op("relax.to_vdevice"), tuple(args), attrs)


def on_device(params: Any, args: Sequence[relax.Expr], module: IRModule, release: str) -> relax.Call | None:
    """``relax.hint_on_device``; None where no device is named."""
    device = placed(module, params.virtual_device)
    if device is None:
        return None
    hint = builtin("relax.hint_on_device")
    fields = hint.attributes_in(release) if hint else None
    assert fields is not None
    # Older releases cannot say the memory scope.
    values = (KINDS[device.kind], device.vdevice_id, device.memory_scope)
    given = {field.name: value for field, value in zip(fields.fields, values, strict=False)}
    return relax.Call(relax.op("relax.hint_on_device"), tuple(args), Attrs(fields.type_key, given))
