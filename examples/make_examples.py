"""Make the shipped examples with a real TVM 0.19 (run this with the Python of its environment):

    python examples/make_examples.py examples

resnet18/module.relay   ResNet-18 as TVM's model zoo builds it, as text with inferred types; weights stay parameters
mlp/module.json         a three-layer perceptron on 8x8 images, as JSON
mlp/module.params       its weights, seeded
mlp/inputs.npz          one input
mlp/expected.npz        what TVM 0.19's graph executor answers to it (`out_0`)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tvm
from tvm import relay
from tvm.relay import testing


def text_of(module: tvm.IRModule) -> str:
    return relay.transform.InferType()(module).astext()


def make_resnet18(folder: Path) -> None:
    module, _ = testing.resnet.get_workload(batch_size=1, num_layers=18)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "module.relay").write_text(text_of(module))


def make_mlp(folder: Path) -> None:
    module, shapes = testing.mlp.get_workload(batch_size=1, num_classes=10, image_shape=(1, 8, 8))
    module = relay.transform.InferType()(module)
    rng = np.random.default_rng(20)
    params = {}
    for name, value in sorted(shapes.items()):
        size = value.shape
        scale = np.sqrt(2 / size[-1]) if len(size) > 1 else 0.1
        params[name] = tvm.nd.array((rng.standard_normal(size) * scale).astype("float32"))
    data = rng.standard_normal((1, 1, 8, 8)).astype("float32")
    run = relay.create_executor("graph", module, tvm.cpu(), "llvm").evaluate()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "module.json").write_text(tvm.ir.save_json(module))
    (folder / "module.params").write_bytes(relay.save_param_dict(params))
    np.savez(folder / "inputs.npz", data=data)
    np.savez(folder / "expected.npz", out_0=run(data, **params).numpy())


if __name__ == "__main__":
    target = Path(sys.argv[1])
    make_resnet18(target / "resnet18")
    make_mlp(target / "mlp")
