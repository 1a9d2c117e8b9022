"""Converted data types and references in real TVM, which knows them by the runtime module of the conversion."""

from collections.abc import Callable

import numpy as np
import pytest
from data_programs import HEADER, LIST, PROGRAMS, V, X

import migrate
from oracle import Oracle, OracleError

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("release", "target"), [("0.27", "0.27"), ("0.19", "0.19"), ("0.27", "portable"), ("0.19", "portable")]
)
def test_converted_data_runs_in_tvm(name: str, release: str, target: str, tvm: Callable[[str], Oracle]):
    text, args = PROGRAMS[name]
    module = migrate.load(HEADER + text)
    result = migrate.convert(module, target=target)
    check = tvm(release).relax_check(result.script())
    assert check.well_formed, check.message
    want = migrate.run(module, args, executor="interpreter")
    got = tvm(release).relax_run(result.script(), args, runtime=result.runtime_script())
    for one, value in zip(got, want, strict=True):
        np.testing.assert_allclose(one, value, rtol=1e-6)


@pytest.mark.parametrize("release", ["0.27", "0.19"])
def test_a_match_without_an_arm_for_its_value_fails_by_name(release: str, tvm: Callable[[str], Oracle]):
    text = f"{LIST}def @main(%x: {V}) {{ match? (Cons(%x, Nil)) {{ Nil => %x, }} }}\n"
    result = migrate.convert(migrate.load(HEADER + text), target=release)
    with pytest.raises(OracleError, match="no arm of the match handles the value"):
        tvm(release).relax_run(result.script(), [X], runtime=result.runtime_script())
