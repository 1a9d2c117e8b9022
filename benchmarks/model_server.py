"""Run by each peer's Python (see measure_models): loads a model and runs it.

    python model_server.py relay|relax|onnx FOLDER NAME THREADS

It tells {"compile": CPU seconds} and runs on demand (see on_demand); outputs are saved as NAME.PEER.out.npz in the
folder.
"""

# pyright: reportMissingImports=false

import json
import sys
import time
from pathlib import Path

import numpy as np
import on_demand


def arrays(folder, name, kind):
    with np.load(folder / f"{name}.{kind}.npz") as stored:
        return {key: stored[key] for key in stored.files}


def relay(folder, name, _):
    import tvm
    from tvm import relay as language
    from tvm.contrib import graph_executor

    module = tvm.ir.load_json((folder / f"{name}.json").read_text())
    params, inputs = arrays(folder, name, "params"), arrays(folder, name, "inputs")
    cpu = tvm.target.codegen.llvm_get_system_cpu()
    start = time.process_time()
    with tvm.transform.PassContext(opt_level=3):
        library = language.build(
            module, target=f"llvm -mcpu={cpu}", params={k: tvm.nd.array(v) for k, v in params.items()}
        )
    seconds = time.process_time() - start
    machine = graph_executor.GraphModule(library["default"](tvm.cpu()))
    for key, value in inputs.items():
        machine.set_input(key, value)
    return seconds, machine.run, lambda: [machine.get_output(n).numpy() for n in range(machine.get_num_outputs())]


def relax(folder, name, _):
    import tvm

    module = tvm.script.from_source((folder / f"{name}.relax.py").read_text())
    inputs, params = arrays(folder, name, "inputs"), arrays(folder, name, "params")
    start = time.process_time()
    executable = tvm.relax.build(module, target="llvm") if hasattr(tvm.relax, "build") else tvm.compile(module, "llvm")
    seconds = time.process_time() - start
    machine = tvm.relax.VirtualMachine(executable, tvm.cpu())
    make = tvm.runtime.tensor if hasattr(tvm.runtime, "tensor") else tvm.nd.array
    given = {**params, **inputs}
    args = [make(given[key]) for key in json.loads((folder / f"{name}.order.json").read_text())]
    kept = []

    def run():
        kept[:] = [machine["main"](*args)]

    def out():
        result = kept[0]
        flat, stack = [], [result]
        while stack:
            item = stack.pop()
            if hasattr(item, "numpy"):
                flat.append(item.numpy())
            else:
                stack.extend(reversed(list(item)))
        return flat

    return seconds, run, out


def onnx(folder, name, threads):
    import onnx as package
    import onnxruntime
    from onnx import helper, numpy_helper

    graph = json.loads((folder / f"{name}.onnx.json").read_text())
    values = arrays(folder, name, "onnx")
    nodes = [helper.make_node(op, i, o, **attributes) for op, i, o, attributes in graph["nodes"]]
    float_ = package.TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(key, float_, shape) for key, shape in graph["inputs"].items()]
    outputs = [helper.make_tensor_value_info(key, float_, None) for key in graph["outputs"]]
    used = {key for node in nodes for key in node.input}
    weights = [numpy_helper.from_array(value, key) for key, value in values.items() if key in used]
    model = helper.make_model(
        helper.make_graph(nodes, name, inputs, outputs, weights),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    text = model.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    start = time.process_time()
    compiled = onnxruntime.InferenceSession(text, options, providers=["CPUExecutionProvider"])
    seconds = time.process_time() - start
    given = arrays(folder, name, "inputs")
    kept = []

    def run():
        kept[:] = compiled.run(None, given)

    return seconds, run, lambda: kept


def serve(kind, load, folder, name, threads):
    """Load, then run on demand."""
    seconds, run, outputs = load(folder, name, threads)
    run()
    on_demand.serve({"compile": seconds}, run, lambda: np.savez(folder / f"{name}.{kind}.out.npz", *outputs()))


if __name__ == "__main__":
    chosen, place, model_name, count = sys.argv[1:]
    serve(chosen, {"relay": relay, "relax": relax, "onnx": onnx}[chosen], Path(place), model_name, int(count))
