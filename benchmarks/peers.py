"""Where the real TVM environments are (python -m oracle.environments makes them)."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def python(release: str) -> str:
    """The interpreter of a real TVM's environment."""
    base = Path(os.environ.get("RELAY2RELAX_ORACLE_DIR") or ROOT / ".oracle")
    return str(base / f"tvm-{release}" / "bin" / "python")


def environment() -> dict[str, str]:
    """The process environment for a real TVM: one thread, no downloads."""
    return {**os.environ, "TVM_NUM_THREADS": "1", "TOPHUB_LOCATION": "NONE"}
