"""Pieces that build and run a model: the same numbers before the port and after."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

RUN = Path(__file__).with_name("run_script.py")
ROOT = RUN.parents[2]
TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}
"""What two compilers may differ by in float32."""


def agree(original, ported, names, target, oracles=None):
    """What both scripts give, under the aliases and, with ``oracles``, in real TVMs."""
    told = {"alias": _compared(original, ported, names, (_alias("0.19"), _alias(target)))}
    if oracles is not None:
        pythons = [[str(oracles / f"tvm-{release}" / "bin" / "python")] for release in ("0.19", target)]
        told["tvm"] = _compared(original, ported, names, pythons)
    return told


def _alias(release):
    return [sys.executable, "-P", "-m", "migrate.cli", "as-tvm", "--release", release, "--", "python"]


def _compared(original, ported, names, pythons):
    row = {"holds": False, "programs": 0, "changed": 0, "missed": 0, "not taken": 0, "not built": 0, "why": ""}
    given = []
    for file, name, python in zip((original, ported), names, pythons, strict=True):
        arrays = _run(file, name, python)
        if isinstance(arrays, str):
            row["why"] = arrays
            return row
        given.append(arrays)
    before, after = given
    row["programs"] = len(before)
    if not before or len(before) != len(after):
        row["why"] = f"{len(before)} arrays before, {len(after)} after"
        return row
    for old, new in zip(before, after, strict=True):
        if old.shape != new.shape or not np.allclose(old, new, equal_nan=True, **TOLERANCE):
            row["why"] = f"arrays differ: {old.ravel()[:3]} before, {new.ravel()[:3]} after"
            return row
    row["holds"] = True
    return row


def _run(file, expression, python):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "arrays.npz")
        environment = {**os.environ, "TVM_NUM_THREADS": "1", "TOPHUB_LOCATION": "NONE", "PYTHONPATH": str(ROOT)}
        command = [*python, str(RUN), str(file), expression, str(out)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no message"])[-1][:300]
        with np.load(out) as arrays:
            return [arrays[name] for name in arrays.files]
