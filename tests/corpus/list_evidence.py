"""Writes tensor_core/ops/evidence.json from the recordings. Run it after record_ops.py, with the product importable."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import recorded_ops  # noqa: E402

if __name__ == "__main__":
    listed = json.dumps(recorded_ops.evidence(), indent=2, sort_keys=True) + "\n"
    (ROOT / "tensor_core" / "ops" / "evidence.json").write_text(listed)
