"""The scripts of tests/oracle/differences still show what they say, in each TVM they name."""

import subprocess

import pytest
from tvm_differences import Difference, differences

from migrate.verify.oracles.process import child_environment
from oracle import environments

pytestmark = pytest.mark.oracle

CASES = [(each, release) for each in differences() for release in each.releases]


@pytest.mark.parametrize(("each", "release"), CASES, ids=lambda item: getattr(item, "title", item))
def test_tvm_is_still_wrong(each: Difference, release: str) -> None:
    run = [environments.interpreter(release), each.file]
    done = subprocess.run(run, env=child_environment(), capture_output=True, text=True, timeout=300, check=False)
    assert "expected" in done.stdout, done.stderr
    if each.ends and done.returncode < 0:
        return
    assert done.returncode == 1
    assert "AssertionError" in done.stderr or (each.ends and "Mismatched type" in done.stderr), done.stderr
