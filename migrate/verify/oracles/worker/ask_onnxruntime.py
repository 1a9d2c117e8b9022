# pyright: basic, reportMissingImports=false
"""Runs ONNX models with the ONNX Runtime of the interpreter that runs this. Needs onnx and onnxruntime."""

from __future__ import annotations

import platform

import serve

serve.prepare()

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

OPSET, IR_VERSION = 18, 9
TYPES = {
    "bool": TensorProto.BOOL,
    "float16": TensorProto.FLOAT16,
    "float32": TensorProto.FLOAT,
    "float64": TensorProto.DOUBLE,
}
TYPES.update({f"{kind}{bits}": getattr(TensorProto, f"{kind}{bits}".upper())
              for kind in ("int", "uint") for bits in (8, 16, 32, 64)})  # fmt: skip


@serve.operation
def onnx_run(values, nodes, inputs, outputs):
    """``nodes``: [operator, inputs, outputs, attributes]; ``inputs`` and ``outputs``: [name, element type, shape]."""
    made = [helper.make_node(kind, given, results, **attributes) for kind, given, results, attributes in nodes]
    for node, (kind, _, _, attributes) in zip(made, nodes):
        if kind == "Cast":
            del node.attribute[:]
            node.attribute.append(helper.make_attribute("to", TYPES[attributes["to"]]))
    constants = [numpy_helper.from_array(np.asarray(array), name) for name, array in values["constants"].items()]
    graph = helper.make_graph(made, "program", _infos(inputs), _infos(outputs), constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    loaded = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return None, tuple(loaded.run([name for name, _, _ in outputs], values["inputs"]))


def _infos(values):
    return [helper.make_tensor_value_info(name, TYPES[dtype], shape) for name, dtype, shape in values]


@serve.operation
def versions(_values):
    return {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__, "python": platform.python_version()}, None


if __name__ == "__main__":
    serve.serve()
