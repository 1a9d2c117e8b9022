"""Machine code against the interpreter on random kernels."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from kernels import FLOATS, INTS, NARROW, Case, cases
from native import run as run_native

from cpu_backend.jit import Options
from tensor_core.loops.interpret import run
from tensor_core.loops.verify import verify

SETTINGS = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def check(case: Case, unit: float, options: Options | None = None) -> None:
    assert verify(case.func) == []
    expected = run(case.func, case.inputs)
    for got, wanted in zip(run_native(case.func, case.inputs, options), expected, strict=True):
        assert got.dtype == wanted.dtype
        if unit == 0.0:
            np.testing.assert_array_equal(got, wanted)
        else:
            finite = np.isfinite(wanted.astype(np.float64))
            scale = float(np.abs(wanted[finite].astype(np.float64)).max(initial=1.0))
            np.testing.assert_allclose(got.astype(np.float64), wanted.astype(np.float64), rtol=unit, atol=unit * scale)


@SETTINGS
@given(cases(INTS))
def test_integers_agree_bit_for_bit(case: Case) -> None:
    check(case, 0.0)


@SETTINGS
@given(cases(["bool"]))
def test_bools_agree(case: Case) -> None:
    check(case, 0.0)


@SETTINGS
@given(cases(FLOATS))
def test_floats_agree(case: Case) -> None:
    check(case, 1e-4)


@SETTINGS
@given(cases(NARROW))
def test_narrow_floats_in_strict_order_agree_bit_for_bit(case: Case) -> None:
    check(case, 0.0, Options(strict=True))
