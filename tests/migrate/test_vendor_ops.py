"""A package of a vendor's, not part of this project, brings operators: the checks in tests/vendor run beside it."""

import os
import subprocess
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "vendor"
METADATA = "Metadata-Version: 2.1\nName: acme-kernels\nVersion: 1.0\n"
ENTRY_POINTS = "[relay2relax.ops]\nkernels = acme_kernels.cards\n"


def test_a_vendors_package_brings_operators(tmp_path: Path) -> None:
    """What ``pip install`` leaves behind, without asking any index."""
    info = tmp_path / "acme_kernels-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    path = os.pathsep.join(filter(None, [str(tmp_path), str(VENDOR), os.environ.get("PYTHONPATH", "")]))
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(VENDOR / "acme_checks.py")],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
