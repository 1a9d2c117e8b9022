"""Record what real TVM 0.19 makes of the cases of memory_programs.py.

    PYTHON_WITH_TVM tests/corpus/record_memory.py

Writes memory.json: by case the text of ``main`` after ManifestAlloc, and by seed what GraphPlanMemory plans.
"""

import json
from functools import cache
from pathlib import Path

from memory_programs import PROGRAMS, SEEDS, STRAIGHT, Side, manifested, planned

FILE = Path(__file__).with_name("memory.json")


if __name__ == "__main__":
    import tvm  # pyright: ignore[reportMissingImports]
    from tvm import relay  # pyright: ignore[reportMissingImports]

    side = Side(
        relay,
        tvm.IRModule,
        tvm.get_global_func,
        tvm.ir.make_node,
        lambda value: tvm.tir.IntImm("int32", value),
        cache(lambda name: tvm.target.VirtualDevice(tvm.device(name))),
        relay.Any,
    )
    found = {
        "allocations": {name: manifested(side, name).splitlines() for name in PROGRAMS},
        "plans": {program: planned(side, program) for program in (*STRAIGHT, *range(SEEDS))},
    }
    FILE.write_text(json.dumps(found, indent=0) + "\n")
