"""Compilation targets as data (tvm.target.Target in TVM 0.19). Programs run on the CPU whatever its options say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tensor_core import codes
from tensor_core.device import CPU, KINDS, Device, device
from tensor_core.diagnostics import fail

_KEYS = {
    "llvm": ("cpu",), "c": ("cpu",), "cuda": ("cuda", "gpu"), "opencl": ("opencl", "gpu"), "metal": ("metal", "gpu"),
    "rocm": ("rocm", "gpu"), "vulkan": ("vulkan", "gpu"), "nvptx": ("cuda", "gpu"), "hexagon": ("hexagon", "cpu"),
    "webgpu": ("webgpu", "gpu"), "ext_dev": (), "test": (),
}  # fmt: skip
_MOST_ARGUMENTS = {"metal": 31, "opencl": 128}
"""Of the kinds that limit the arguments of a kernel."""
_LISTS = ("keys", "libs", "mattr")
_OWN = ("kind", "tag", "keys", "host", "device")

_entered: list[Target] = []


@dataclass(frozen=True, slots=True)
class TargetKind:
    """What a target is: "llvm", "cuda", ..."""

    name: str

    def __str__(self) -> str:
        return self.name


class Target:
    """A target from text such as ``llvm -mcpu=skylake``, JSON text, a dict of its options, or another target.

    ``attrs`` holds the options that are not fields of their own. ValueError for anything else and for an unknown kind.
    As a context manager it is what :meth:`current` answers.
    """

    def __init__(self, target: Any, host: Any = None) -> None:
        options = _options(target)
        name = str(options["kind"])
        if name not in KINDS and name not in _KEYS:
            raise ValueError(f"Target kind {name!r} is not defined")
        self.kind = TargetKind(name)
        self.tag = str(options.get("tag", ""))
        given = tuple(options.get("keys", ()))
        extra = (options["device"],) if "device" in options else ()
        arm = ("arm_cpu",) if str(options.get("mtriple", "")).startswith(("aarch64", "arm")) else ()
        self.keys = tuple(dict.fromkeys((*given, *extra, *arm, *_KEYS.get(name, ()))))
        self.attrs = {key: value for key, value in options.items() if key not in _OWN or key == "device"}
        found = options.get("host") if host is None else host
        self.host: Target | None = None if found is None else Target(found)

    def export(self) -> dict[str, Any]:
        """The target as a dict that makes it again."""
        own: dict[str, Any] = {"kind": self.kind.name, "tag": self.tag, "keys": list(self.keys), **self.attrs}
        return own if self.host is None else {**own, "host": self.host.export()}

    def with_host(self, host: Any = None) -> Target:
        """A copy with another host."""
        return Target(self.export(), Target(host))

    def get_target_device_type(self) -> int:
        """The number of the kind of device that the target is for."""
        return KINDS.get(self.kind.name, CPU)

    @staticmethod
    def current(allow_none: bool = True) -> Target | None:
        """The innermost target that a ``with`` block has entered. ValueError when there is none and one is wanted."""
        if not _entered and not allow_none:
            raise ValueError("Target is not set in current scope")
        return _entered[-1] if _entered else None

    @staticmethod
    def canon_target(target: Any) -> Target | None:
        """The argument as a target; None stays."""
        return target if target is None or isinstance(target, Target) else Target(target)

    @staticmethod
    def canon_multi_target(multi_targets: Any) -> list[Target]:
        """One target, a list of them or a dict of them by device, as a list of targets."""
        if isinstance(multi_targets, Mapping) and "kind" not in multi_targets:
            multi_targets = list(cast("Mapping[Any, Any]", multi_targets).values())
        several = cast("list[Any]", multi_targets if isinstance(multi_targets, (list, tuple)) else [multi_targets])
        return [item if isinstance(item, Target) else Target(item) for item in several]

    @staticmethod
    def target_or_current(target: Any) -> Any:
        """The argument, or the current target without one. ValueError when there is neither."""
        found = Target.current() if target is None else target
        if found is None:
            raise ValueError("Target is not set in env or passed as argument.")
        return found

    def __getattr__(self, name: str) -> Any:
        if name in ("mcpu", "model", "arch"):
            return str(self.attrs.get(name, "unknown" if name == "model" else ""))
        if name in ("libs", "mattr"):
            return list(self.attrs.get(name, ()))
        if name == "device_name":
            return str(self.attrs.get("device", ""))
        if name == "max_function_args":
            return int(self.attrs.get(name, _MOST_ARGUMENTS.get(self.kind.name, 0)))
        raise AttributeError(f"Target has no attribute {name!r}")

    def __enter__(self) -> Target:
        _entered.append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _entered.pop()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and self.export() == other.export()

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        options = {"keys": self.keys, **self.attrs}
        parts = [f"-{key}={_written(value)}" for key, value in options.items() if value not in ((), [], None)]
        return " ".join([self.kind.name, *parts])

    def __repr__(self) -> str:
        return str(self)


def _written(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, cast("list[Any]", value)))
    return str(int(value)) if isinstance(value, bool) else str(value)


def _options(target: Any) -> dict[str, Any]:
    if isinstance(target, Target):
        return target.export()
    if isinstance(target, Mapping):
        options = dict(cast("Mapping[str, Any]", target))
        if "kind" not in options:
            raise ValueError("a target needs a kind")
        return options
    if not isinstance(target, str):
        raise ValueError("target has to be a string or dictionary.")
    text = target.strip()
    if not text:
        raise ValueError("a target needs a kind")
    return _options(json.loads(text)) if text.startswith("{") else _parsed(text)


def _parsed(text: str) -> dict[str, Any]:
    kind, *words = text.split()
    options: dict[str, Any] = {"kind": kind}
    pending = ""
    for word in words:
        if pending:
            name, value, pending = pending, word, ""
        elif word.startswith("-"):
            name, _, value = word.lstrip("-").partition("=")
            if not value:
                pending = name
                continue
        else:
            raise ValueError(f"cannot read {word!r} in the target {text!r}")
        options[name] = value.split(",") if name in _LISTS else int(value) if value.lstrip("-").isdigit() else value
    return options


def for_cpu(target: Any, where: Device | None = None) -> Target:
    """The first of the targets. DiagnosticError R2R0607 when it, or the device, is not for the CPU."""
    first = Target.canon_multi_target(target)[0]
    if first.get_target_device_type() != CPU:
        raise fail(codes.NO_SUCH_DEVICE, f"there is no device for the target {first}", hint="use the target llvm")
    if where is not None and device(where).device_type != CPU:
        raise fail(codes.NO_SUCH_DEVICE, f"there is no device {where}", hint="use cpu()")
    return first
