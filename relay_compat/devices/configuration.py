"""The targets of a compilation, as planning of devices needs them (CompilationConfig in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.devices.place import Place
from relay_compat.ir.values import Record
from relay_compat.target import Target
from tensor_core import codes
from tensor_core.device import CPU
from tensor_core.diagnostics import fail
from tensor_core.passes import PassContext

FALLBACK = "relay.fallback_device_type"


class CompilationConfig:
    """The targets for operators, each with the host's target as host, and where values are that nothing else places.

    DiagnosticError R2R0703 for two targets of one kind of device, R2R0607 when none is for the default kind: that of
    the option ``relay.fallback_device_type``, of the only target, or the CPU.
    """

    def __init__(self, context: PassContext, targets: Sequence[Target]) -> None:
        if len({target.get_target_device_type() for target in targets}) < len(targets):
            raise fail(codes.BAD_OPTION, f"two targets are for one kind of device: {', '.join(map(str, targets))}")
        hosts = [target.host for target in targets if target.host is not None]
        own = [target for target in targets if target.get_target_device_type() == CPU]
        self.host_target = Target({**(hosts or own or [Target("llvm")])[0].export(), "host": None})
        self.primitive_targets = [target.with_host(self.host_target) for target in targets]
        self.optional_homogeneous_target = self.primitive_targets[0] if len(targets) == 1 else None
        self.host = Place(self.host_target.get_target_device_type(), 0, self.host_target)
        self.default = self._default(context)

    @property
    def host_virtual_device(self) -> Record | None:
        """Where the host is."""
        return self.host.record()

    @property
    def default_primitive_virtual_device(self) -> Record | None:
        """Where operators are that nothing else places."""
        return self.default.record()

    def canonical(self, place: Place) -> Place:
        """The place with the target for its kind of device. DiagnosticError R2R0607 when there is no such target."""
        if place.target is not None or place.device_type == -1:
            return place
        return place._replace(target=self._target_for(place.device_type))

    def _target_for(self, device_type: int) -> Target:
        for target in self.primitive_targets:
            if target.get_target_device_type() == device_type:
                return target
        known = ", ".join(map(str, self.primitive_targets))
        raise fail(
            codes.NO_SUCH_DEVICE,
            f"no target is for devices of kind {device_type}; the targets are {known}",
            hint="give the configuration a target for every device that the program names",
        )

    def _default(self, context: PassContext) -> Place:
        fallback = context.config.get(FALLBACK)
        if fallback is not None:
            kind = int(fallback)
        elif self.optional_homogeneous_target is not None:
            kind = self.optional_homogeneous_target.get_target_device_type()
        else:
            kind = CPU
        return Place(kind, 0, self._target_for(kind))


def make_compilation_config(ctxt: PassContext, target: Any, target_host: Any = None) -> CompilationConfig:
    """The configuration for one target, a list of them, or a dict of them by device (tvm.target in TVM 0.19)."""
    found = Target.canon_multi_target(target)
    return CompilationConfig(ctxt, found if target_host is None else [item.with_host(target_host) for item in found])
