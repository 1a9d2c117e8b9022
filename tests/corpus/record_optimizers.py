"""Record the functions of the optimizers of real TVM 0.19.

    PYTHON_WITH_TVM tests/corpus/record_optimizers.py

Writes optimizers.json: by case and element type the text of the function and the state at the start.
"""

import json
from pathlib import Path
from typing import Any

from optimizers import OPTIMIZERS, TYPES, WEIGHTS

FILE = Path(__file__).with_name("optimizers.json")


def recorded(case: str, dtype: str) -> dict[str, Any]:
    import tvm  # pyright: ignore[reportMissingImports]
    from tvm import relax  # pyright: ignore[reportMissingImports]

    kind, args, options = OPTIMIZERS[case]
    made = getattr(relax.training.optimizer, kind)(*args, **options)
    made.init([relax.Var(name, relax.TensorStructInfo(shape, dtype)) for name, shape in WEIGHTS.items()])
    module = tvm.IRModule({kind: made.get_function()})
    states = [[str(item.dtype), list(item.shape), float(item.numpy().max(initial=0))] for item in made.state]
    return {"text": module.script(show_meta=False).splitlines(), "states": states}


if __name__ == "__main__":
    found = {f"{case}, {dtype}": recorded(case, dtype) for case in OPTIMIZERS for dtype in TYPES}
    FILE.write_text(json.dumps(found, indent=0) + "\n")
