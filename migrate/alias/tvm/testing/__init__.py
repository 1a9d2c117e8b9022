"""tvm.testing."""

import numpy as np

from migrate.alias.tvm.runtime.device import Device, cpu

__all__ = ["assert_allclose", "enabled_targets"]


def assert_allclose(actual: object, desired: object, rtol: float = 1e-7, atol: float = 1e-7) -> None:
    """AssertionError when two arrays differ by more than ``atol + rtol * abs(desired)`` or in shape."""
    left, right = np.asanyarray(actual), np.asanyarray(desired)
    np.testing.assert_allclose(left.shape, right.shape)
    np.testing.assert_allclose(left, right, rtol=rtol, atol=atol, verbose=True)


def enabled_targets() -> list[tuple[str, Device]]:
    """The targets that tests run on: the CPU."""
    return [("llvm", cpu())]
