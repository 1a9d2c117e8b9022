"""Record what operators of a real TVM have registered for passes that fuse and that mix precisions.

PYTHON_WITH_TVM tests/corpus/record_registered.py

Writes migrate/passes/registered.json: by key and operator the value, of TVM 0.19 for the keys of Relay, of TVM 0.27 for
that of Relax; each run replaces the keys of its own release. Of a rule of mixed precision it is the category.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tvm  # pyright: ignore[reportMissingImports]

CALL = getattr(tvm, "relay", None) and tvm.relay.nn.relu(tvm.relay.var("x", shape=(2,)))
"""A call that a rule of mixed precision may look at."""
FILE = Path(__file__).resolve().parents[2] / "migrate" / "passes" / "registered.json"
KEYS: dict[str, dict[str, Callable[[Any], int]]] = {
    "0.19": {"TOpPattern": int, "FTVMMixedPrecisionConversionType": lambda rule: int(rule(CALL, "float16")[0])},
    "0.27": {"TMixedPrecisionPolicy": int},
}
OTHERS = ("tir.", "tirx.", "script.", "tl.", "ir.", "te.", "prim.")


def main() -> None:
    release = ".".join(tvm.__version__.split(".")[:2])
    names = sorted(name for name in map(str, tvm.ir.Op.list_op_names()) if not name.startswith(OTHERS))
    recorded: dict[str, dict[str, int]] = json.loads(FILE.read_text()) if FILE.exists() else {}
    for key, meaning in KEYS[release].items():
        values = {name: tvm.ir.Op.get(name).get_attr(key) for name in names}
        recorded[key] = {name: meaning(value) for name, value in values.items() if value is not None}
    FILE.write_text(json.dumps(recorded, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
