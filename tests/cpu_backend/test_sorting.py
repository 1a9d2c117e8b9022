"""Sorting as tensor programs: one kernel for every size, stable, NaN greatest, and n log n."""

from typing import Any

import numpy as np
import pytest
from card_kernels import agree, made
from steps import steps

from tensor_core import dtypes
from tensor_core.loops import interpret
from tensor_core.ops.card import Reject
from tensor_core.prim import Var
from tensor_core.types import TensorType

N, M = Var("n"), Var("m")
ORDERS = [{"axis": axis, "is_ascend": ascending} for axis in (0, -1) for ascending in (True, False)]
CASES: list[tuple[str, dict[str, Any]]] = [
    *[("sort", order) for order in ORDERS],
    *[("argsort", {**order, "dtype": "int32"}) for order in ORDERS],
    *[("topk", {"k": 2, "ret_type": "both", "dtype": "int64", **order}) for order in ORDERS],
    ("topk", {"k": -1, "ret_type": "values", "dtype": "", **ORDERS[0]}),
    ("median", {"axis": None, "keepdims": False}),
    ("median", {"axis": (0,), "keepdims": True}),
    ("median", {"axis": (1,), "keepdims": False}),
]
UNIQUE = [{"sorted": ordered, "return_counts": counted} for ordered in (True, False) for counted in (True, False)]


def sample(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Few different values, so that many are equal; floats with NaN and both zeros."""
    generator = np.random.default_rng(3)
    if dtype == "bool":
        return generator.random(shape) < 0.5
    values = generator.integers(0, 6, shape)
    if not dtypes.is_float(dtype):
        return values.astype(dtype)
    return np.array([1.5, np.nan, -0.0, 0.0, -np.inf, -2.0]).astype(dtypes.to_numpy(dtype))[values]


@pytest.mark.parametrize(("name", "values"), CASES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(CASES)])
def test_one_kernel_sorts_every_size(name: str, values: dict[str, Any]) -> None:
    kernel = made(name, values, [TensorType((N, M), "float32")])
    for shape in ((2, 2), (5, 3), (3, 8)):
        agree(name, values, sample(shape, "float32"), kernel=kernel)


@pytest.mark.parametrize("values", UNIQUE, ids=str)
def test_one_kernel_finds_the_distinct_of_every_size(values: dict[str, Any]) -> None:
    kernel = made("unique", values, [TensorType((N,), "float64")])
    for size in (1, 2, 7, 16, 0):
        agree("unique", values, sample((size,), "float64"), kernel=kernel)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "uint8", "bool", "uint64", "int64"])
@pytest.mark.parametrize("is_ascend", [True, False])
def test_elements_of_every_type_are_sorted(dtype: str, is_ascend: bool) -> None:
    array = sample((2, 9), dtype)
    for name, more in (("sort", {}), ("argsort", {"dtype": "float32"})):
        values = {"axis": 1, "is_ascend": is_ascend, **more}
        agree(name, values, array)


@pytest.mark.parametrize("shape", [(0,), (1,), (0, 3), (3, 0)])
def test_rows_of_none_or_one(shape: tuple[int, ...]) -> None:
    values = {"axis": 0, "is_ascend": True}
    agree("sort", values, sample(shape, "int32"))


def test_more_than_there_are_is_refused() -> None:
    values = {"k": 4, "axis": 0, "ret_type": "both", "is_ascend": True, "dtype": "int32"}
    with pytest.raises(Reject, match="4 elements are asked for of 3"):
        made("topk", values, [TensorType((3, 9), "float32")])


def test_work_grows_as_n_log_n() -> None:
    values = {"axis": 0, "is_ascend": True}
    kernel = made("sort", values, [TensorType((N,), "int32")])

    def work(size: int) -> int:
        array = np.arange(size, dtype=np.int32)[::-1].copy()
        return steps(lambda: interpret.run(kernel, [array], [TensorType((size,), "int32")]))

    # 8 times the elements take twice the passes, 16 times the steps in all; a quadratic sort takes 64.
    assert work(64) < 20 * work(8)
