"""tvm.testing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from migrate.alias.tvm.runtime.device import Device, cpu

_FIXTURES = frozenset({
    "exclude_targets", "fixture", "known_failing_targets", "main", "parameter", "parameters", "parametrize_targets",
    "requires_package", "uses_gpu",
})  # fmt: skip

__all__ = ["assert_allclose", "device_enabled", "enabled_targets"]


def __getattr__(name: str) -> Any:
    # What needs pytest is only loaded when somebody asks for it.
    if name in _FIXTURES:
        return getattr(import_module("migrate.alias.tvm.testing.fixtures"), name)
    if name.startswith("requires_"):
        return import_module("migrate.alias.tvm.testing.fixtures").requires(name.removeprefix("requires_"))
    raise AttributeError(f"there is no tvm.testing.{name}")


def assert_allclose(actual: object, desired: object, rtol: float = 1e-7, atol: float = 1e-7) -> None:
    """AssertionError when two arrays differ by more than ``atol + rtol * abs(desired)`` or in shape."""
    left, right = np.asanyarray(actual), np.asanyarray(desired)
    np.testing.assert_allclose(left.shape, right.shape)
    np.testing.assert_allclose(left, right, rtol=rtol, atol=atol, verbose=True)


def enabled_targets() -> list[tuple[str, Device]]:
    """The targets that tests run on: the CPU."""
    return [("llvm", cpu())]


def device_enabled(target: str) -> bool:
    """Whether tests can run on a target."""
    return target.split()[0] == "llvm"
