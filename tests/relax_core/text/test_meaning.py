"""Operators whose meaning differs between the releases that a text may be of are refused."""

import pytest

from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError

PARAMS = (
    'x: R.Tensor((2, 4, 8, 8), "float32")',
    'i: R.Tensor((2,), "int64")',
    'g: R.Tensor((4,), "float32")',
    'z: R.Tensor((4,), "int8")',
)
HEAD = f"""
@R.function
def main({", ".join(PARAMS)}):
"""
AMBIGUOUS = [
    "R.nn.batch_norm(x, g, g, g, g, axis=1)",
    "R.nn.batch_norm(x, g, g, g, g, axis=1, training=False)",
    "R.round(x)",
    "R.nn.pad(x, [0, 0, 0, 0, 1, 1, 1, 1])",
    "R.image.resize2d(x, (3, 3))",
    'R.quantize(x, g, z, axis=1, out_dtype="int8")',
    "R.nn.avg_pool3d(R.expand_dims(x, 0), (2, 2, 2))",
]
CERTAIN = [
    "R.add(x, x)",
    "R.take(x, i, axis=0)",
    "R.nn.max_pool2d(x, (2, 2))",
    "R.nn.avg_pool2d(x, (2, 2))",
    "R.image.resize2d(x, (3, 3), cubic_alpha=-0.5)",
    "R.squeeze(x)",
    "R.split(x, 2, axis=0)",
]


def text(call: str) -> str:
    return f"{HEAD}    y = {call}\n    return y\n"


@pytest.mark.parametrize("call", AMBIGUOUS)
def test_what_depends_on_the_release_is_refused_without_one(call: str):
    with pytest.raises(DiagnosticError, match=r"R2R0114.*means something else in TVM") as caught:
        read(text(call))
    (found,) = caught.value.diagnostics
    assert str(found.span) == "from_string:4:9"
    assert "--from-release" in found.hint
    for release in ("0.21", "0.27"):
        assert read(text(call), release=release).release == release


@pytest.mark.parametrize("call", CERTAIN)
def test_what_all_releases_read_alike_needs_none(call: str):
    assert read(text(call)).release == "0.27"


def test_a_header_that_leaves_one_meaning_is_enough():
    assert read("# from tvm.script import tirx as T\n" + text("R.round(x)")).release == "0.27"
    assert read("# from tvm.script import tir as T\n" + text("R.round(x)")).release == "0.19"


KERNEL = """
@T.prim_func
def f(A: T.Buffer((2,), "float32"), B: T.Buffer((2,), "float32")):
    for i in range(2):
        B[i] = T.round(A[i])
"""


def test_kernels_that_round_need_a_release():
    with pytest.raises(DiagnosticError, match=r"from_string:5:16: error\[R2R0114\]"):
        read(KERNEL)
    assert read(KERNEL, release="0.19")
    assert read("# from tvm.script import tirx as T" + KERNEL)
