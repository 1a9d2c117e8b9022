"""Record what TVM 0.19 makes of the programs of quantized_programs.py.

    PYTHON_WITH_TVM tests/corpus/record_quantized_texts.py

Writes quantized_texts.json: by program and way of rewriting it the text of what becomes of it.
"""

import json
from pathlib import Path

from quantized_programs import Side, outcomes

FILE = Path(__file__).with_name("quantized_texts.json")


if __name__ == "__main__":
    import tvm  # pyright: ignore[reportMissingImports]
    from tvm import relay  # pyright: ignore[reportMissingImports]

    texts = outcomes(Side(relay, tvm.IRModule, tvm.target.Target))
    FILE.write_text(json.dumps(texts, indent=0) + "\n")
