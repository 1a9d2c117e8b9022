"""Record the functions of the losses of real TVM 0.19.

    PYTHON_WITH_TVM tests/corpus/record_losses.py

Writes losses.json: by case the text of the function.
"""

import json
from pathlib import Path

from losses import LOSSES

FILE = Path(__file__).with_name("losses.json")


def recorded(case: str) -> list[str]:
    import tvm  # pyright: ignore[reportMissingImports]
    from tvm import relax  # pyright: ignore[reportMissingImports]

    kind, options, tensors = LOSSES[case]
    given = [relax.TensorStructInfo(shape, dtype) for shape, dtype in tensors]
    made = getattr(relax.training.loss, kind)(**options)(*given)
    return tvm.IRModule({str(made.attrs["global_symbol"]): made}).script(show_meta=False).splitlines()


if __name__ == "__main__":
    FILE.write_text(json.dumps({case: recorded(case) for case in LOSSES}, indent=0) + "\n")
