"""Code for processors with narrower vectors than this one's, which this one runs as well."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from kernels import INTS, NARROW, Case, cases
from native import run as run_native

from cpu_backend import jit, llvm
from cpu_backend.jit import Options
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.interpret import run
from tensor_core.types import TensorType

HOSTS = {
    "sse": llvm.Host("x86-64", "", 128, 16, has_half=False),
    "avx2": llvm.Host("haswell", "", 256, 16, has_half=True),
}
SETTINGS = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@pytest.fixture(scope="module", params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[llvm.Host]:
    wanted = HOSTS[request.param]
    if wanted.vector_bits > llvm.host().vector_bits:
        pytest.skip("this processor's vectors are narrower")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llvm, "host", lambda: wanted)
        yield wanted


def check(case: Case, options: Options) -> None:
    for got, wanted in zip(run_native(case.func, case.inputs, options), run(case.func, case.inputs), strict=True):
        np.testing.assert_array_equal(got.astype(np.float64), wanted.astype(np.float64))


@pytest.mark.usefixtures("host")
@SETTINGS
@given(cases(INTS))
def test_integers(case: Case) -> None:
    check(case, Options())


@pytest.mark.usefixtures("host")
@SETTINGS
@given(cases(NARROW))
def test_narrow_floats(case: Case) -> None:
    check(case, Options(strict=True))


@pytest.mark.usefixtures("host")
def test_every_half_and_what_lies_between() -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((1 << 16,), "float16"))
    wide = b.compute((1 << 16,), lambda i: x[i].astype("float32"))
    between = b.compute((1 << 16,), lambda i: (wide[i] * 1.00048828125 + 1e-8).astype("float16"))
    func = b.finish("kernel", [wide, between])
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    for got, expected in zip(run_native(func, [halves]), run(func, [halves]), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_width_of_vectors(host: llvm.Host) -> None:
    b = LoopBuilder()
    x = b.input("x", TensorType((1024,)))
    func = b.finish("kernel", [b.compute((1024,), lambda i: x[i] + 1.0)])
    assert f"<{host.vector_bits // 32} x float>" in jit.module_text([func], Options())[0]
