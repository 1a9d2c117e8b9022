"""Programs with open dimensions on the whole way: converted, read back, run at several sizes beside Relay."""

import numpy as np
import pytest
from dynamic_cases import CASES, HEADER, WRONG

import migrate
from migrate.reading import is_relax
from relax_core.text.printer import print_module
from relax_core.text.release import header
from relax_core.well_formed import check
from tensor_core.diagnostics import DiagnosticError


@pytest.mark.parametrize("name", CASES)
def test_runs_at_every_size(name: str):
    text, cases = CASES[name]
    module = migrate.load(HEADER + text)
    result = migrate.convert(module)
    assert result.report.complete, result.report.diagnostics
    assert is_relax(result.module)
    assert check(result.module) == []
    script = migrate.load(result.script(), result.module.params)
    assert header("0.27") + print_module(script, "0.27") == result.script()
    for args in cases:
        want = migrate.run(module, args, executor="interpreter")
        for right in (result.module, script):
            for executor in ("backend", "interpreter"):
                for a, b in zip(migrate.run(right, args, executor=executor), want, strict=True):
                    assert a.shape == b.shape
                    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_taken_for_granted_is_checked(name: str):
    text, cases = WRONG[name]
    result = migrate.convert(migrate.load(HEADER + text))
    for args in cases:
        for executor in ("backend", "interpreter"):
            with pytest.raises(DiagnosticError, match=r"R2R0(602|503).*(has shape|expected)"):
                migrate.run(result.module, args, executor=executor)
