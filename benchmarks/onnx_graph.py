"""Relay models of the benchmarks as ONNX graphs, so that every peer runs one and the same model.

A graph is plain data, which `model_server.py` makes a model of where the onnx package is: this side needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, Function, Op, Tuple, TupleGetItem, Var
from relay_compat.visit import reachable
from tensor_core import shapes
from tensor_core.types import TensorType

Arrays = dict[str, np.ndarray]


class Graph:
    """Nodes as (operator, inputs, outputs, attributes) in order, the names of its inputs, arrays, and outputs."""

    def __init__(self) -> None:
        self.nodes: list[tuple[str, list[str], list[str], dict[str, Any]]] = []
        self.inputs: dict[str, list[int]] = {}
        self.arrays: Arrays = {}
        self.outputs: list[str] = []

    def node(self, operator: str, inputs: Sequence[str], outputs: int = 1, **attributes: Any) -> list[str]:
        """Add a node; the names of its outputs."""
        names = [f"v{len(self.nodes)}_{n}" for n in range(outputs)]
        self.nodes.append((operator, list(inputs), names, attributes))
        return names

    def array(self, value: np.ndarray) -> str:
        """The name of a constant."""
        name = f"c{len(self.arrays)}"
        self.arrays[name] = value
        return name


def graph(function: Function, params: Arrays) -> Graph:
    """The graph of a typed function whose parameters are arrays but for its inputs. KeyError for another operator."""
    made = Graph()
    made.arrays.update(params)
    values: dict[Expr, list[str]] = {}
    for node in reachable(function.body):
        match node:
            case Var():
                values[node] = [node.name_hint]
                if node.name_hint not in params:
                    made.inputs[node.name_hint] = list(_shape(node))
            case Constant():
                values[node] = [made.array(node.data)]
            case Tuple():
                values[node] = [name for field in node.fields for name in values[field]]
            case TupleGetItem():
                values[node] = [values[node.tuple_value][node.index]]
            case Call() if isinstance(node.op, Op):
                inputs = [name for arg in node.args for name in values[arg]]
                values[node] = OPERATORS[node.op.name](made, node, inputs)
            case _:
                pass
    made.outputs = values[function.body]
    return made


def _shape(node: Expr) -> tuple[int, ...]:
    assert isinstance(node.checked_type, TensorType)
    return shapes.static(node.checked_type.shape)


def _attributes(call: Call) -> Mapping[str, Any]:
    assert call.attrs is not None
    return call.attrs


def _numbers(value: Any) -> list[int]:
    return [int(item) for item in value]


def _convolution(made: Graph, call: Call, inputs: list[str]) -> list[str]:
    attrs = _attributes(call)
    pads, kernel = _numbers(attrs["padding"]), _numbers(attrs["kernel_size"])
    strides, dilations = _numbers(attrs["strides"]), _numbers(attrs["dilation"])
    group = int(attrs["groups"])
    return made.node("Conv", inputs, pads=pads, strides=strides, dilations=dilations, group=group, kernel_shape=kernel)


def _pool(made: Graph, call: Call, inputs: list[str]) -> list[str]:
    attrs = _attributes(call)
    pads, kernel, strides = (_numbers(attrs[name]) for name in ("padding", "pool_size", "strides"))
    return made.node("MaxPool", inputs, pads=pads, kernel_shape=kernel, strides=strides)


def _batch_norm(made: Graph, call: Call, inputs: list[str]) -> list[str]:
    data, gamma, beta, mean, variance = inputs
    if not _attributes(call)["scale"]:
        gamma = made.array(np.ones(_shape(call.args[1]), np.float32))
    return made.node(
        "BatchNormalization", [data, gamma, beta, mean, variance], epsilon=float(_attributes(call)["epsilon"])
    )


def _dense(made: Graph, _: Call, inputs: list[str]) -> list[str]:
    data, weight = inputs
    if weight not in made.arrays:
        return made.node("MatMul", [data, *made.node("Transpose", [weight], perm=[1, 0])])
    made.arrays.setdefault(f"{weight}_turned", np.ascontiguousarray(made.arrays[weight].T))
    return made.node("MatMul", [data, f"{weight}_turned"])


def _batch_matmul(made: Graph, call: Call, inputs: list[str]) -> list[str]:
    first, second = inputs
    if _attributes(call)["transpose_b"]:
        (second,) = made.node("Transpose", [second], perm=[0, 2, 1])
    return made.node("MatMul", [first, second])


def _split(made: Graph, call: Call, inputs: list[str]) -> list[str]:
    count = int(_attributes(call)["indices_or_sections"])
    return made.node("Split", inputs, count, axis=int(_attributes(call)["axis"]), num_outputs=count)


def _plain(operator: str, *names: str) -> Callable[[Graph, Call, list[str]], list[str]]:
    """An operator that differs in its name, with these integers or lists of them as attributes."""

    def add(made: Graph, call: Call, inputs: list[str]) -> list[str]:
        given = {name.split("=")[-1]: _attributes(call)[name.split("=")[0]] for name in names}
        values: dict[str, Any] = {
            k: int(v) if isinstance(v, (int, np.integer)) else _numbers(v) for k, v in given.items()
        }
        return made.node(operator, inputs, 1, **values)

    return add


OPERATORS: dict[str, Callable[[Graph, Call, list[str]], list[str]]] = {
    "nn.conv2d": _convolution,
    "nn.max_pool2d": _pool,
    "nn.batch_norm": _batch_norm,
    "nn.dense": _dense,
    "nn.batch_matmul": _batch_matmul,
    "split": _split,
    "nn.layer_norm": lambda made, call, inputs: made.node(
        "LayerNormalization", inputs, axis=-1, epsilon=float(_attributes(call)["epsilon"])
    ),
    "reshape": lambda made, call, inputs: made.node(
        "Reshape", [inputs[0], made.array(np.array(_numbers(_attributes(call)["newshape"]), np.int64))]
    ),
    "transpose": _plain("Transpose", "axes=perm"),
    "concatenate": _plain("Concat", "axis"),
    "nn.softmax": _plain("Softmax", "axis"),
    "nn.relu": _plain("Relu"),
    "nn.global_avg_pool2d": _plain("GlobalAveragePool"),
    "nn.batch_flatten": _plain("Flatten"),
    "nn.bias_add": _plain("Add"),
    "add": _plain("Add"),
    "multiply": _plain("Mul"),
    "erf": _plain("Erf"),
    "sigmoid": _plain("Sigmoid"),
    "tanh": _plain("Tanh"),
}
"""What each operator of the models is in ONNX; `nn.bias_add` only along the last axis."""
