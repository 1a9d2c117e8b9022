"""Programs with open dimensions in real TVM: converted, built once, run at several sizes; broken assumptions fail."""

from collections.abc import Callable

import numpy as np
import pytest
from dynamic_cases import CASES, HEADER, WRONG

import migrate
from migrate.execution import bind_args
from oracle import Oracle, OracleError

pytestmark = pytest.mark.oracle

UNRUNNABLE = {
    "dense of open weight": "relay.build packs a weight of unknown size wrongly",
    "new axes as arguments": "Relay's text has no attributes for dyn.expand_dims",
    "unique values": "Relay's text has no attributes for unique",
    "first half": "the 0.19 wheel refuses the debug information of vectorised floor_divide",
}
"""What Relay in TVM 0.19 itself does not compute; its type and our interpreter stand for it."""


def relay(text: str, args: list, tvm: Callable[[str], Oracle]) -> list[np.ndarray]:
    """What TVM 0.19 computes: its interpreter where its virtual machine cannot."""
    try:
        return tvm("0.19").relay_run(text, args, executor="vm")
    except OracleError:
        return tvm("0.19").relay_run(text, args, executor="debug")


@pytest.mark.parametrize("name", CASES)
def test_relay_computes_what_the_interpreter_does(name: str, tvm: Callable[[str], Oracle]):
    if name in UNRUNNABLE:
        pytest.skip(UNRUNNABLE[name])
    text, cases = CASES[name]
    module = migrate.load(HEADER + text)
    args = bind_args(module, cases[0])
    for got, want in zip(
        relay(HEADER + text, args, tvm), migrate.run(module, cases[0], executor="interpreter"), strict=True
    ):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("release", ["0.27", "0.19"])
@pytest.mark.parametrize("name", CASES)
def test_runs_at_every_size(name: str, release: str, tvm: Callable[[str], Oracle]):
    text, cases = CASES[name]
    module = migrate.load(HEADER + text)
    result = migrate.convert(module, target=release)
    script = result.script()
    check = tvm(release).relax_check(script)
    assert check.well_formed, check.message
    for args in cases:
        want = migrate.run(module, args, executor="interpreter")
        for a, b in zip(tvm(release).relax_run(script, bind_args(result.module, args)), want, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("release", ["0.27", "0.19"])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_taken_for_granted_is_checked(name: str, release: str, tvm: Callable[[str], Oracle]):
    text, cases = WRONG[name]
    script = migrate.convert(migrate.load(HEADER + text), target=release).script()
    for args in cases:
        with pytest.raises(OracleError, match="match_cast error"):
            tvm(release).relax_run(script, list(args))


@pytest.mark.parametrize("release", ["0.27", "0.19"])
def test_bounds_are_checked(release: str, tvm: Callable[[str], Oracle]):
    module = migrate.load(f"{HEADER}def @main(%x: Tensor[(?), float32]) {{ exp(%x) }}")
    script = migrate.convert(module, target=release, dims={"x.0": "n:2..8"}).script()
    tvm(release).relax_run(script, [np.zeros(8, "float32")])
    for size in (1, 9):
        with pytest.raises(OracleError, match="match_cast error"):
            tvm(release).relax_run(script, [np.zeros(size, "float32")])
