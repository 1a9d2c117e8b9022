"""What is left of a program that shows a seeded bug is small, fails in the same way, and is a test by itself.

How small each one becomes stands in the table, which measure.py writes.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from statistics import median

import pytest
from faults.catalogue import bugs
from faults.frame import checked, hunt, reduced
from measure import rows
from seeded_subjects import MENDED

from migrate.verify.campaign.subjects import subject
from migrate.verify.reduce import Reduction
from migrate.verify.reduce.failure import same_failure
from migrate.verify.witnesses import Case, witness_files

ROOT = Path(__file__).resolve().parents[2]
BUGS = {bug.number: bug for bug in bugs()}
SOME = ("1", "4", "11", "15", "19", "21", "29", "36", "38", "45", "c1", "c8", "c12", "c14")
"""Of each kind, those that are seen within a few programs."""
SMALL = 8
"""Nodes that none of these needs more of."""
MEDIAN = 6
"""Nodes that half of all bugs show on at most."""


@cache
def witness(number: str) -> Reduction:
    bug = BUGS[number]
    return reduced(bug, hunt(bug, 400))


@pytest.mark.parametrize("number", SOME)
def test_a_witness_is_small_and_fails_as_the_program_did(number: str) -> None:
    bug = BUGS[number]
    first = hunt(bug, 400)
    found = witness(number)
    assert found.complete
    assert found.nodes <= SMALL
    assert found.check.key == first.key
    assert same_failure(checked(bug.wrong, found.program), found.check)
    assert not checked(bug.right, found.program).failed


def test_witness_files_fail_with_the_fault_and_pass_without(tmp_path: Path) -> None:
    for number in SOME:
        called = f"seeded_subjects:BUG_{number}"
        files = witness_files(Case(witness(number).program, subject(called), witness(number).check, called))
        assert set(files) == {"test_witness.py"}
        assert f"KEY = {witness(number).check.key!r}" in files["test_witness.py"].decode()
        (tmp_path / f"test_bug_{number}.py").write_bytes(files["test_witness.py"])
    with_fault, without = _pytest(tmp_path), _pytest(tmp_path, **{MENDED: "1"})
    assert f"{len(SOME)} failed" in with_fault
    assert "passed" not in with_fault
    assert f"{len(SOME)} passed" in without


def _pytest(folder: Path, **environment: str) -> str:
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "support", ROOT / "tests" / "seeded_bugs")))
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "."]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip


def test_table_of_witnesses() -> None:
    sizes = [int(row["witness"]) for row in rows()]
    assert len(sizes) == len(BUGS) > 60
    assert median(sizes) <= MEDIAN
    assert all(int(row["witness"]) <= int(row["before"]) for row in rows())
