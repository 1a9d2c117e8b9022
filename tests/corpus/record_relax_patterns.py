"""Record what real TVM 0.27 makes of the cases of relax_pattern_programs.py.

    PYTHON_WITH_TVM tests/corpus/record_relax_patterns.py

Writes relax_patterns.json: by seed a hash of each line of the outcome.
"""

import json
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from relax_pattern_programs import Cases, digest

tvm: Any = import_module("tvm")
relax = tvm.relax

FILE = Path(__file__).with_name("relax_patterns.json")
COUNT = 180


def _show(made: Any) -> str:
    return (tvm.IRModule({"main": made}) if isinstance(made, relax.Function) else made).script()


def _var2val(function: Any) -> dict[Any, Any]:
    known = relax.analysis.get_var2val(function)
    variables = [binding.var for block in function.body.blocks for binding in block.bindings]
    return {var: known[var] for var in variables if var in known}


API = SimpleNamespace(
    load=tvm.script.from_source,
    show=_show,
    dpl=relax.dpl,
    transform=relax.transform,
    call=lambda name, *args: getattr(relax.op, name)(*args),
    var2val=_var2val,
)

if __name__ == "__main__":
    cases = Cases(API)
    rows = ["".join(digest(cases.outcome(seed))) for seed in range(COUNT)]
    FILE.write_text(json.dumps(rows, indent=0) + "\n")
