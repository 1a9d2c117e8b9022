"""Run by TVM 0.19 (see measure_models): writes the models as JSON.

python model_maker.py FOLDER

A softmax at the end is left out: of random weights it makes zeros and a one, in which no difference would show.
"""

# pyright: reportMissingImports=false

import sys
from pathlib import Path

import tvm
from model_peer import MODELS
from tvm import relay
from tvm.relay import testing

WORKLOADS = {
    "resnet-18": lambda: testing.resnet.get_workload(batch_size=1, num_layers=18),
    "resnet-50": MODELS["resnet-50"],
    "mobilenet": lambda: testing.mobilenet.get_workload(batch_size=1),
    "encoder": MODELS["encoder"],
    "lstm": MODELS["lstm, flat"],
}


def logits(module):
    """The module without the softmax at its end."""
    main = module["main"]
    if not isinstance(main.body, relay.Call) or main.body.op != relay.op.get("nn.softmax"):
        return module
    return relay.transform.InferType()(tvm.IRModule.from_expr(relay.Function(main.params, main.body.args[0])))


if __name__ == "__main__":
    for name, workload in WORKLOADS.items():
        module, _ = workload()
        Path(sys.argv[1], f"{name}.json").write_text(tvm.ir.save_json(logits(module)))
