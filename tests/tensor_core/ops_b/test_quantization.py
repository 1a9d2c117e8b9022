"""Rounding of quantized operators, by the names of the traps; the operators themselves are judged by recordings."""

import math
from typing import Any

import numpy as np
import pytest

from tensor_core.loops.from_card import lower_card
from tensor_core.ops import quantization
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import registry
from tensor_core.reference import evaluate
from tensor_core.types import TensorType


def run(name: str, *args: Any, **params: Any) -> list[Any]:
    card = registry().by_name[name]
    return evaluate(card, card.params(**params), tuple(map(np.asarray, args))).tolist()


def scalars(*values: float) -> list[Any]:
    return [np.asarray(v, "float32" if n % 2 == 0 else "int32") for n, v in enumerate(values)]


HALVES = np.array([-5, -3, -1, 1, 3, 5], "int32")


def test_requantize_rounds_halves_upward_by_default():
    assert run("qnn.requantize", HALVES, *scalars(0.5, 0, 1, 0), out_dtype="int8") == [-2, -1, 0, 1, 2, 3]


def test_requantize_to_nearest_takes_halves_away_from_zero():
    found = run("qnn.requantize", HALVES, *scalars(0.5, 0, 1, 0), out_dtype="int8", rounding="TONEAREST")
    assert found == [-3, -2, -1, 1, 2, 3]


def test_quantize_takes_halves_away_from_zero_and_saturates():
    x = np.array([-2.5, -0.5, 0.5, 2.5, 1e9, np.nan], "float32")
    assert run("qnn.quantize", x, *scalars(1, 0), out_dtype="int8") == [-3, -1, 1, 3, 127, 127]


def test_add_rounds_each_operand_before_the_sum():
    # 5 * 1 + 5 * 0.5 is 7.5; the second operand becomes 3 first.
    x = np.array([5], "int8")
    assert run("qnn.add", x, x, *scalars(1, 0, 0.5, 0, 1, 0)) == [8]


def test_avg_pool_truncates_before_it_is_rescaled():
    x = np.array([[[[1, 2], [2, 2]]]], "int8")
    pool = {"pool_size": (2, 2), "strides": (1, 1), "dilation": (1, 1), "padding": (0,) * 4}
    found = run("qnn.avg_pool2d", x, *scalars(1, 0, 1, 0), **pool, layout="NCHW", out_layout="NCHW")
    assert found == [[[[1]]]]


@pytest.mark.parametrize("multiplier", [0.0, 1.0, 0.5, 1 / 3, 0.75, 1 - 2.0**-33, 1e-9, 12345.678])
def test_a_fixed_point_multiplier_is_the_nearest(multiplier: float):
    significand, exponent = quantization.fixed_point(multiplier)
    assert significand == 0 or 1 << 30 <= significand < 1 << 31
    assert math.ldexp(significand, exponent - 31) == pytest.approx(multiplier, rel=2.0**-31)


def test_a_scale_that_is_no_constant_cannot_be_compiled():
    card = registry().by_name["qnn.requantize"]
    types = [TensorType((3,), "int32"), *(TensorType((), d) for d in ("float32", "int32") * 2)]
    with pytest.raises(Reject, match="constant"):
        lower_card(card, card.params(out_dtype="int8"), types)
