"""Branches in real TVM: whichever arm is taken, no result lies in storage of the other."""

from collections.abc import Callable

import numpy as np
import pytest
from branch_programs import HEADER, PROGRAMS

import migrate
from oracle import Oracle

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("release", ["0.27", "0.19"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_arm_runs(name: str, release: str, tvm: Callable[[str], Oracle]):
    text, calls, _ = PROGRAMS[name]
    module = migrate.load(HEADER + text)
    script = migrate.convert(module, target=release).script()
    for args in calls:
        want = migrate.run(module, args, executor="interpreter")
        for got, value in zip(tvm(release).relax_run(script, args), want, strict=True):
            np.testing.assert_allclose(got, value, rtol=1e-4)
