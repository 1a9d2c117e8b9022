"""Our vector math against double precision, over all float32 exponents."""

import math

import numpy as np
import pytest
from native import run

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.nodes import PrimFunc
from tensor_core.types import TensorType

erf = np.vectorize(math.erf, otypes=[np.float64])
EXACT = {
    "exp": np.exp,
    "exp2": np.exp2,
    "log": np.log,
    "log2": np.log2,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "erf": erf,
    "sin": np.sin,
    "cos": np.cos,
}
ULPS = {
    "exp": 1.05, "exp2": 1.1, "log": 0.8, "log2": 1.3, "tanh": 1.3, "sigmoid": 2.2, "erf": 1.0, "sin": 0.51,
    "cos": 0.51,
}  # fmt: skip


def kernel(name: str, size: int, dtype: str = "float32") -> PrimFunc:
    b = LoopBuilder()
    x = b.input("x", TensorType((size,), dtype))
    return b.finish(name, [b.compute((size,), lambda i: prim.intrinsic(name, x[i]))])


def samples() -> np.ndarray:
    """Every 2039th float32, NaN and infinities included, and dense points where the functions do something."""
    patterns = np.arange(0, 2**32, 2039, dtype=np.uint64).astype(np.uint32).view(np.float32)
    special = np.array(
        [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.625, 88.7, 88.8, -87.3, -103.9, -104.1], "float32"
    )
    near = np.linspace(-20, 20, 200_003, dtype=np.float32)
    return np.concatenate([patterns, special, near])


def ulps(got: np.ndarray, exact: np.ndarray) -> float:
    """The largest error in units in the last place of the rounded exact result."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(np.float32)
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    finite = np.isfinite(got) & np.isfinite(rounded)
    assert (same | finite).all()
    unit = np.spacing(np.abs(rounded[finite])).astype(np.float64)
    return float((np.abs(got[finite].astype(np.float64) - exact[finite]) / unit).max(initial=0))


@pytest.mark.parametrize("name", sorted(EXACT))
def test_error_in_units_of_the_last_place(name: str) -> None:
    x = samples()
    (got,) = run(kernel(name, len(x)), [x])
    with np.errstate(all="ignore"):
        exact = EXACT[name](x.astype(np.float64))
    assert ulps(got, exact) <= ULPS[name]


@pytest.mark.parametrize("name", sorted(EXACT))
def test_special_values(name: str) -> None:
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan], "float32")
    (got,) = run(kernel(name, 5), [x])
    with np.errstate(all="ignore"):
        expected = EXACT[name](x.astype(np.float64)).astype(np.float32)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(np.signbit(got[:2]), np.signbit(expected[:2]))


@pytest.mark.parametrize("name", ["acos", "asinh", "atan", "atanh", "cosh", "exp", "log1p", "sinh", "tan"])
def test_double_precision_is_the_c_library(name: str) -> None:
    x = np.linspace(-0.95, 0.95, 37)
    (got,) = run(kernel(name, 37, "float64"), [x])
    numpy_name = {"acos": "arccos", "asinh": "arcsinh", "atan": "arctan", "atanh": "arctanh"}.get(name, name)
    np.testing.assert_allclose(got, getattr(np, numpy_name)(x), rtol=1e-15, atol=1e-300)
