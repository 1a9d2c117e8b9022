"""Reverted modules in real TVM 0.19: it reads text and JSON as one typed module, and computes what Relax did here."""

from collections.abc import Callable

import numpy as np
import pytest
import recorded
from function_programs import HEADER, PROGRAMS

import migrate
from migrate.backward.revert import Reversion
from oracle import Oracle
from relay_compat.json.reader import load_json
from tensor_core.diagnostics import DiagnosticError

pytestmark = pytest.mark.oracle

SCALARS = """# Relax of TVM 0.27
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((2, 3), "float32"), y: R.Tensor(("n", 3), "float32")):
        n = T.int64()
        with R.dataflow():
            a = R.nn.selu(x)
            b = R.multiply(a, R.const(0.12345678, "float32"))
            c = R.matmul(b, R.permute_dims(x))
            d = R.zeros(R.shape([n, 2]), dtype="float32")
            e = R.reshape(y, R.shape([n * 3]))
            out = c, d, e
            R.output(out)
        return out
"""


def reads_alike(back: Reversion, tvm: Oracle) -> bool:
    """Whether TVM reads the text as it reads the JSON."""
    return tvm.relay_equal(tvm.relay_json(back.text()), tvm.relay_json(back.json())) is not False


@pytest.mark.parametrize("name", PROGRAMS)
def test_functions_are_read(name: str, tvm: Callable[[str], Oracle]):
    back = migrate.revert(migrate.convert(migrate.load(HEADER + PROGRAMS[name][0])).module)
    assert reads_alike(back, tvm("0.19"))


def test_numbers_and_open_sizes(tvm: Callable[[str], Oracle]):
    module = migrate.load(SCALARS)
    back = migrate.revert(module)
    assert back.report.complete
    assert reads_alike(back, tvm("0.19"))
    rng = np.random.default_rng(0)
    args = [rng.standard_normal((2, 3)).astype("float32"), rng.standard_normal((4, 3)).astype("float32")]
    found = tvm("0.19").relay_run(back.text(), args, executor="vm")
    for got, want in zip(found, migrate.run(module, args), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.parametrize("collection", ["onnx", "evaluated"])
def test_recorded_modules_are_read(collection: str, tvm: Callable[[str], Oracle]):
    """Every tenth module: TVM reads its text as it reads its JSON, and types both."""
    if not recorded.path(collection).exists() and not recorded.required():
        pytest.skip("the collection is not here")
    corpus = recorded.Corpus(recorded.path(collection))
    read, other = 0, []
    for row in corpus.rows[::10]:
        try:
            there = migrate.convert(load_json(corpus.text(row["name"], "module.json")))
        except DiagnosticError:
            continue
        back = migrate.revert(there.module)
        if not there.report.complete or not back.report.complete:
            continue
        if reads_alike(back, tvm("0.19")):
            read += 1
        else:
            other.append(row["name"])
    assert not other
    assert read > 30
