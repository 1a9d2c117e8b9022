"""Record what real TVM 0.27 gives to cuBLAS and CUTLASS of the programs of relax_partition_programs.py.

    PYTHON_WITH_TVM tests/corpus/record_relax_partitions.py

Writes relax_partitions.json: by seed a hash of the module after each partition.
"""

import json
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from relax_partition_programs import program

tvm: Any = import_module("tvm")
cublas: Any = import_module("tvm.relax.backend.cuda.cublas")
cutlass: Any = import_module("tvm.relax.backend.cuda.cutlass")

FILE = Path(__file__).with_name("relax_partitions.json")
COUNT = 120

if __name__ == "__main__":
    rows: list[list[str]] = []
    for seed in range(COUNT):
        module = tvm.script.from_source(program(seed))
        made = (cublas.partition_for_cublas(module), cutlass.partition_for_cutlass(module))
        rows.append([sha256(str(found.script()).encode()).hexdigest()[:12] for found in made])
    FILE.write_text(json.dumps(rows) + "\n")
