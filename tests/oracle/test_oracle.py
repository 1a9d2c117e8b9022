"""The client and real TVM releases understand each other."""

from collections.abc import Callable

import ml_dtypes
import numpy as np
import pytest

from oracle import Oracle, OracleCrashed, OracleError, OracleMissing, OracleTimeout, Shape, environments

pytestmark = pytest.mark.oracle

Tvm = Callable[[str], Oracle]
BOTH = pytest.mark.parametrize("release", ["0.19", "0.27"])

HEADER = '#[version = "0.0.5"]\n'
RELAY = HEADER + "def @main(%x: Tensor[(2, 3), float32], %w: Tensor[(3), float32]) { (nn.relu(add(%x, %w)), (%w, %x)) }"
RELAX = """
@I.ir_module
class Module:
    @R.function
    def main(
        x: R.Tensor(("n", 3), "float32"),
        s: R.Shape(["m"]),
        t: R.Tuple(R.Tensor((2,), "bfloat16"), R.Tensor((), "int32")),
    ) -> R.Tuple(R.Tensor(("n", 3), "float32"), R.Tensor(("m",), "float32"), R.Tensor((2,), "bfloat16")):
        n = T.int64()
        m = T.int64()
        with R.dataflow():
            a = R.add(x, R.const(1.0, "float32"))
            b = R.zeros(R.shape([m]), dtype="float32")
            c = t[0]
            d = (a, b, c)
            R.output(d)
        return d
"""
X = np.arange(6, dtype="float32").reshape(2, 3) - 3
W = np.array([1, 2, 3], "float32")


@pytest.mark.parametrize(("executor", "opt_level"), [("graph", 0), ("graph", 3), ("vm", 1), ("debug", 0)])
def test_relay_runs(tvm: Tvm, executor, opt_level: int) -> None:
    by_name = tvm("0.19").relay_run(RELAY, {"w": W, "x": X}, executor=executor, opt_level=opt_level)
    bound = tvm("0.19").relay_run(RELAY, [X], {"w": W}, executor=executor, opt_level=opt_level)
    for got in by_name, bound:
        for one, other in zip(got, [np.maximum(X + W, 0), W, X], strict=True):
            np.testing.assert_array_equal(one, other)


def test_relay_runs_with_tuple_arguments_and_dynamic_shapes(tvm: Tvm) -> None:
    text = HEADER + "def @main(%t: (Tensor[(?, 3), float32], Tensor[(3), float32])) { add(%t.0, %t.1) }"
    (got,) = tvm("0.19").relay_run(text, [(X, W)], executor="vm")
    np.testing.assert_array_equal(got, X + W)


def test_relay_text_json_and_types_agree(tvm: Tvm) -> None:
    text = tvm("0.19").relay_text(RELAY)
    assert "/* ty=Tensor[(2, 3), float32]" in text
    assert tvm("0.19").relay_text(tvm("0.19").relay_json(RELAY)) == text
    types = tvm("0.19").relay_types(RELAY)
    x, w = "Tensor[(2, 3), float32]", "Tensor[(3), float32]"
    assert types == {"main": f"fn ({x}, {w}) -> ({x}, ({w}, {x}))"}


@BOTH
def test_relax_checks(tvm: Tvm, release: str) -> None:
    check = tvm(release).relax_check(RELAX)
    assert (check.parses, check.well_formed, check.message) == (True, True, "")
    assert tvm(release).relax_check(check.printed).printed == check.printed


@BOTH
def test_relax_that_does_not_parse(tvm: Tvm, release: str) -> None:
    check = tvm(release).relax_check(RELAX.replace("R.add(x", "R.add(unheard_of"))
    assert not check.parses
    assert "unheard_of" in check.message


@BOTH
def test_relax_that_is_not_well_formed(tvm: Tvm, release: str) -> None:
    text = RELAX.replace("@R.function", "@R.function(pure=True)").replace(
        "        with R.dataflow", '        _ = R.print(x, format="{}")\n        with R.dataflow'
    )
    check = tvm(release).relax_check(text)
    assert (check.parses, check.well_formed) == (True, False)
    assert check.message
    with pytest.raises(OracleError):
        tvm(release).relax_build(text)


@BOTH
def test_relax_runs(tvm: Tvm, release: str) -> None:
    bits = np.array([1.5, -2], ml_dtypes.bfloat16)
    arguments = {"x": X, "s": Shape((4,)), "t": (bits, np.int32(3))}
    for inputs in arguments, list(arguments.values()):
        a, b, c = tvm(release).relax_run(RELAX, inputs)
        np.testing.assert_array_equal(a, X + 1)
        np.testing.assert_array_equal(b, np.zeros(4, "float32"))
        assert c.dtype == bits.dtype
        assert c.tobytes() == bits.tobytes()


@BOTH
def test_wrong_inputs_are_told(tvm: Tvm, release: str) -> None:
    with pytest.raises(OracleError, match="no input for s, t"):
        tvm(release).relax_run(RELAX, {"x": X})


def test_versions(tvm: Tvm) -> None:
    for release in environments.RELEASES:
        assert tvm(release).versions()["tvm"].startswith(f"{release}.")


def test_a_crash_ends_the_process_and_not_the_caller(tvm: Tvm) -> None:
    crash = HEADER + "def @main(%x: Tensor[(2, 3), float32]) { (nn.relu(%x), %x) }"
    with pytest.raises(OracleCrashed, match="LetList"):
        tvm("0.19").relay_run(crash, [X], executor="vm", opt_level=0)
    assert tvm("0.19").versions()


def test_a_late_answer_ends_the_process_and_not_the_caller() -> None:
    with Oracle("0.19", timeout=0.001) as hasty:
        with pytest.raises(OracleTimeout):
            hasty.versions()
        hasty.timeout = 600
        assert hasty.versions()


def test_a_missing_environment_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("RELAY2RELAX_ORACLE_DIR", str(tmp_path))
    with Oracle("0.27") as absent, pytest.raises(OracleMissing, match=r"python -m oracle.environments 0\.27"):
        absent.versions()
