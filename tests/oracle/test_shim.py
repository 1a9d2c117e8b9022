"""The shim and code on top of it run in every real TVM, whichever releases it was made for."""

import subprocess
from pathlib import Path

import pytest

from migrate.shim import shim
from migrate.verify.oracles.process import child_environment
from oracle import environments

pytestmark = pytest.mark.oracle

RELEASES = tuple(environments.RELEASES)
PAIRS = [(release, release) for release in RELEASES] + [(release, "0.19,0.27") for release in RELEASES]


@pytest.mark.parametrize(("release", "made_for"), PAIRS)
def test_code_runs(release: str, made_for: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "compat.py").write_text(shim(made_for.split(",")))
    script = tmp_path / "uses_compat.py"
    script.write_bytes((root / "tests" / "migrate" / "shim" / "uses_compat.py").read_bytes())
    done = subprocess.run(
        [environments.interpreter(release), script],
        cwd=tmp_path,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(release)
