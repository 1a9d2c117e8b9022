"""Kernels over symbolic dimensions compute what the reference computes once the dimension is known."""

from typing import Any

import numpy as np
import pytest
from card_calls import card, kernel_results, params, tensor, type_of

from tensor_core import shapes
from tensor_core.ops.pooling import CEIL_INSIDE
from tensor_core.prim import Var
from tensor_core.reference import evaluate
from tensor_core.types import Type, leaves

N = Var("n")
DATA = np.random.default_rng(3).standard_normal((2, 3, 9, 8)).astype("float32")
KERNEL = np.random.default_rng(4).standard_normal((3, 3, 3, 3)).astype("float32")
BATCH, ROWS = tensor(N, 3, 9, 8), tensor(2, 3, N, 8)
POOL = {"pool_size": (3, 3), "strides": (2, 2), "padding": (1, 1)}

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("nn.max_pool2d", POOL),
    ("nn.max_pool2d", {**POOL, "ceil_mode": True}),
    ("nn.avg_pool2d", POOL),
    ("nn.avg_pool2d", {**POOL, "ceil_mode": True, "count_include_pad": True}),
    ("nn.global_avg_pool2d", {}),
    ("nn.global_max_pool2d", {}),
    ("nn.adaptive_avg_pool2d", {"output_size": (3, 5)}),
    ("nn.adaptive_max_pool2d", {"output_size": (3, 5)}),
    ("reshape", {"newshape": (0, -1)}),
    ("reshape", {"newshape": (-1, 8)}),
    ("reshape", {"newshape": (-3, 0, 0)}),
    ("transpose", {"axes": (3, 2, 1, 0)}),
    ("nn.batch_flatten", {}),
    ("reverse", {"axis": 2}),
    ("repeat", {"repeats": 2, "axis": 2}),
    ("tile", {"reps": (2, 1, 2, 1)}),
    ("expand_dims", {"axis": 1}),
    ("split", {"indices_or_sections": (1, 2), "axis": 1}),
    *[
        ("strided_slice", {"begin": begin, "end": end, "strides": strides, "axes": None})
        for begin, end, strides in (
            ((1,), (2,), (1,)),
            ((0, 0, -3), (2, 3, -1), (1, 1, 1)),
            ((0, 0, 7), (2, 3, -20), (1, 1, -2)),
            ((-1,), (-5,), (-1,)),
        )
    ],
]


def check(name: str, symbolic: Any, exact: Any, types: list[Type], args: list[Any]) -> None:
    expected = evaluate(card(name), exact, tuple(args))
    results = list(expected) if isinstance(expected, tuple) else [expected]
    found = kernel_results(name, symbolic, types, args, results)
    for given, wanted in zip(found, results, strict=True):
        np.testing.assert_allclose(given, wanted, rtol=1e-4, atol=1e-5)
    values = {N: 9 if types[0] == ROWS else 2}
    inferred = [leaf.shape for leaf in leaves(card(name).infer(symbolic, *types))]  # pyright: ignore[reportAttributeAccessIssue]
    assert [tuple(shapes.evaluate(dim, values) for dim in shape) for shape in inferred] == [r.shape for r in results]


@pytest.mark.parametrize("type_", [BATCH, ROWS], ids=["batch", "rows"])
@pytest.mark.parametrize(("name", "attrs"), CALLS, ids=str)
def test_one_input(name: str, attrs: dict[str, Any], type_: Any) -> None:
    check(name, params(name, [type_], **attrs), params(name, [type_of(DATA)], **attrs), [type_], [DATA])


@pytest.mark.parametrize("type_", [BATCH, ROWS], ids=["batch", "rows"])
@pytest.mark.parametrize("name", ["nn.conv2d", "nn.conv2d_transpose"])
def test_convolutions(name: str, type_: Any) -> None:
    types = [type_, type_of(KERNEL)]
    attrs = {"padding": (1, 1), "strides": (2, 1)}
    exact = params(name, [type_of(DATA), type_of(KERNEL)], **attrs)
    check(name, params(name, types, **attrs), exact, types, [DATA, KERNEL])


@pytest.mark.parametrize("type_", [BATCH, ROWS], ids=["batch", "rows"])
@pytest.mark.parametrize("mode", ["constant", "edge", "reflect"])
def test_padding(mode: str, type_: Any) -> None:
    value = np.float32(2)
    types = [type_, tensor()]
    attrs = {"pad_width": ((1, 0), (0, 0), (2, 3), (0, 0)), "pad_mode": mode}
    check(
        "nn.pad", params("nn.pad", types, **attrs), params("nn.pad", types, **attrs), types, [DATA, np.asarray(value)]
    )


def test_windows_that_start_behind_the_data_are_not_counted() -> None:
    pool = card("nn.avg_pool2d").params((3, 3), (2, 2), (1, 1), (1, 1, 1, 1), "NCHW", "NCHW", CEIL_INSIDE, True)
    check("nn.avg_pool2d", pool, pool, [ROWS], [DATA])


def test_slices_at_symbolic_positions() -> None:
    found = card("strided_slice")
    last = found.params((2,), (1,), (shapes.subtract(N, 1),), (1,))
    check("strided_slice", last, found.params((2,), (1,), (8,), (1,)), [ROWS], [DATA])
