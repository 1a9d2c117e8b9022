"""tvm.relax.testing.vm: external functions that TVM's tests of its machine call, under TVM's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensor_core.global_functions import register_func
from tensor_core.ndarray import NDArray, ndarray

__all__ = [
    "add",
    "add_scalar",
    "check_if_defined",
    "check_saved_func",
    "equal_zero",
    "get_device_id",
    "identity_packed",
    "move",
    "mul",
    "subtract_one",
    "tile_packed",
]


def move(src: Any) -> Any:
    """The argument itself."""
    return src


def add(a: NDArray, b: NDArray) -> NDArray:
    """The sum."""
    return ndarray(np.add(a, b))


def mul(a: NDArray, b: NDArray) -> NDArray:
    """The product."""
    return ndarray(np.multiply(a, b))


def equal_zero(a: NDArray) -> NDArray:
    """Whether all elements are zero."""
    return ndarray(np.all(np.equal(a, 0)))


def subtract_one(a: NDArray) -> NDArray:
    """Every element less one."""
    return ndarray(np.subtract(a, 1))


def identity_packed(a: NDArray, b: NDArray) -> None:
    """Copy the first array into the second."""
    b[:] = a


def tile_packed(a: NDArray, b: NDArray) -> None:
    """Write the first array twice, side by side, into the second."""
    b[:] = np.tile(a, (1, 2))


def add_scalar(a: Any, b: Any) -> Any:
    """The sum of two numbers."""
    return a + b


def get_device_id(device: Any) -> int:
    """The number of a device among its kind."""
    return int(device.device_id)


def check_if_defined(obj: Any) -> bool:
    """Whether there is an object at all."""
    return obj is not None


def check_saved_func(vm: Any, func_name: str, *inputs: Any) -> Any:
    """The result of a function, after a look whether it gives the same when it is saved with its arguments."""
    vm.save_function(func_name, f"{func_name}_saved", *inputs)
    result = vm[func_name](*inputs)
    np.testing.assert_allclose(vm[f"{func_name}_saved"](), result, rtol=1e-7, atol=1e-7)
    return result


for _name, _function in {
    "add": add,
    "add_scalar": add_scalar,
    "check_if_defined": check_if_defined,
    "equal_zero": equal_zero,
    "get_device_id": get_device_id,
    "identity": identity_packed,
    "move": move,
    "mul": mul,
    "subtract_one": subtract_one,
    "tile": tile_packed,
}.items():
    register_func(f"test.vm.{_name}", _function, override=True)
