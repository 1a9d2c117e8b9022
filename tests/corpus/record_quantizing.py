"""Record what TVM 0.19 makes of the nets of quantizing_programs.py, and what the quantized nets compute.

    TVM_NUM_THREADS=1 PYTHON_WITH_TVM tests/corpus/record_quantizing.py

Writes quantizing.json: by net the text after each step, and by net and configuration the text and the outputs.
"""

import json
import math
from pathlib import Path

import numpy as np
from quantized_programs import Side
from quantizing_programs import NETS, SHAPE, cases, numbers, quantized, steps, text

RUN = "residual"
"""The net whose outputs are recorded."""

FILE = Path(__file__).with_name("quantizing.json")


def main() -> None:
    import tvm  # pyright: ignore[reportMissingImports]
    from tvm import relay  # pyright: ignore[reportMissingImports]

    # numpy 2 has no longer the name by which TVM 0.19 finds it.
    setattr(np, "math", math)  # noqa: B010
    side = Side(relay, tvm.IRModule, tvm.target.Target)
    found: dict = {"steps": {net: steps(side, net) for net in NETS}, "quantized": {}}
    for net, config in cases():
        try:
            made = quantized(side, net, config)
            found["quantized"][net + config] = {"text": text(made)}
            if net != RUN:
                continue
            with tvm.transform.PassContext(opt_level=3, config={"tir.disable_cse_tir": True}):
                run = relay.create_executor("graph", mod=made, device=tvm.cpu(), target="llvm").evaluate()
                output = run(numbers(31, *SHAPE, scale=1.5)).numpy()
            found["quantized"][net + config]["output"] = [float(value) for value in output.reshape(-1)[:64]]
        # The point of a recording is to keep whatever the release does, so any failure is written down.
        except Exception as error:
            found["quantized"][net + config] = {
                "failed": (str(error).strip() or type(error).__name__).splitlines()[-1][:200]
            }
    FILE.write_text(json.dumps(found, indent=0) + "\n")


if __name__ == "__main__":
    main()
