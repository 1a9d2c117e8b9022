"""Record what the passes of real TVM 0.19 make of the cases of pass_text_programs.py.

    PYTHON_WITH_TVM tests/corpus/record_pass_texts.py

Writes pass_texts.json: by case the text after the pass.
"""

import json
from pathlib import Path

from pass_text_programs import CASES, Side, outcome

FILE = Path(__file__).with_name("pass_texts.json")


if __name__ == "__main__":
    import tvm  # pyright: ignore[reportMissingImports]
    from tvm import relay  # pyright: ignore[reportMissingImports]

    side = Side(relay, tvm.IRModule, lambda name: tvm.get_global_func(f"relay._transform.{name}"), tvm.ir.make_node)
    texts = {name: outcome(side, name).splitlines() for name in CASES}
    FILE.write_text(json.dumps(texts, indent=0) + "\n")
