"""Converted functions of all kinds in real TVM: they build, run, and agree with Relay's interpreter here."""

from collections.abc import Callable

import numpy as np
import pytest
from function_programs import HEADER, PROGRAMS

import migrate
from oracle import Oracle, OracleError

pytestmark = pytest.mark.oracle

NEEDS_A_CODE_GENERATOR = frozenset({"external function with a pattern in it"})
"""Their build wants the code generator they are for; they are well formed without it."""


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("release", ["0.27", "0.19"])
def test_converted_functions_run_in_tvm(name: str, release: str, tvm: Callable[[str], Oracle]):
    text, args = PROGRAMS[name]
    module = migrate.load(HEADER + text)
    script = migrate.convert(module, target=release).script()
    check = tvm(release).relax_check(script)
    assert check.well_formed, check.message
    if name in NEEDS_A_CODE_GENERATOR:
        return
    want = migrate.run(module, args, executor="interpreter")
    for got, value in zip(tvm(release).relax_run(script, args), want, strict=True):
        np.testing.assert_array_equal(got, value)


@pytest.mark.parametrize("release", ["0.27", "0.25", "0.21", "0.19"])
def test_a_stub_builds_and_fails_by_name_when_it_runs(release: str, tvm: Callable[[str], Oracle]):
    kind = "Tensor[(3), float32]"
    branch = f"if (%c) {{ acme.probe(%x) /* ty={kind} */ }} else {{ nn.relu(%x) }}"
    module = migrate.load(f"{HEADER}def @main(%x: {kind}, %c: bool) {{ {branch} }}\n")
    script = migrate.convert(module, target=release).script()
    x = np.array([1, -2, 3], "float32")
    np.testing.assert_array_equal(tvm(release).relax_run(script, [x, np.array(False)])[0], np.maximum(x, 0))
    with pytest.raises(OracleError, match=r"acme\.probe was not converted"):
        tvm(release).relax_run(script, [x, np.array(True)])
