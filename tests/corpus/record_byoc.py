"""Record what real TVM 0.19 makes of the cases of byoc_programs.py.

    PYTHON_WITH_TVM tests/corpus/record_byoc.py

Writes byoc.json: by seed a hash of each text, "-" where TVM raises an error. Each case runs in a process of its own,
since TVM 0.19 does not survive all of them.
"""

import json
import multiprocessing
from pathlib import Path
from typing import Any

from byoc_programs import Cases
from pattern_programs import digest

FILE = Path(__file__).with_name("byoc.json")
COUNT = 200


def run(seed: int, answer: Any) -> None:
    import tvm  # pyright: ignore[reportMissingImports]

    answer.put(digest(Cases("tvm.relay", tvm.IRModule).outcome(seed)))


def recorded(seed: int) -> str:
    answer = multiprocessing.Queue()
    process = multiprocessing.get_context("fork").Process(target=run, args=(seed, answer))
    process.start()
    process.join()
    return answer.get() if process.exitcode == 0 else "-"


if __name__ == "__main__":
    import tvm  # noqa: F401 # pyright: ignore[reportMissingImports]

    FILE.write_text(json.dumps([recorded(seed) for seed in range(COUNT)], indent=0) + "\n")
