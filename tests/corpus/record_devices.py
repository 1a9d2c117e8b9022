"""Record what real TVM 0.19 makes of the cases of device_programs.py.

    PYTHON_WITH_TVM tests/corpus/record_devices.py

Writes devices.json: by seed a hash of the texts, "-" where TVM raises an error.
"""

import json
from pathlib import Path
from typing import Any

from device_programs import Cases
from pattern_programs import digest

FILE = Path(__file__).with_name("devices.json")
COUNT = 200


def cases() -> Cases:
    import tvm  # pyright: ignore[reportMissingImports]

    def config(kind: int) -> Any:
        context = tvm.transform.PassContext(config={"relay.fallback_device_type": kind})
        return tvm.target.make_compilation_config(context, [tvm.target.Target("llvm"), tvm.target.Target("cuda")])

    return Cases("tvm.relay", tvm.IRModule, config, lambda kind: tvm.device(kind, 0))


def outcome(case: Cases, seed: int, error: type[Exception]) -> str:
    try:
        return digest(case.outcome(seed))
    except error:
        return "-"


if __name__ == "__main__":
    import tvm  # pyright: ignore[reportMissingImports]

    FILE.write_text(json.dumps([outcome(cases(), seed, tvm.TVMError) for seed in range(COUNT)], indent=0) + "\n")
