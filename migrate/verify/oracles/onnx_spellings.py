"""How cards are said in ONNX (opset 18), for programs that ONNX Runtime is to judge.

Only where ONNX's definition is the card's for every value that programs here hold: NaN in extrema, halves in rounding
and positions out of range are left out, as both sides have rules of their own. Sources: the operator schemas of ONNX.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from migrate.values import Array
from tensor_core import dtypes
from tensor_core.shapes import static
from tensor_core.types import TensorType


class NoOnnx(Exception):
    """The call has no form in ONNX; the text says why."""


@dataclass(slots=True)
class Graph:
    """An ONNX graph while it is made: nodes as (operator, inputs, outputs, attributes), and constants by name."""

    nodes: list[tuple[str, list[str], list[str], dict[str, Any]]] = field(
        default_factory=list[tuple[str, list[str], list[str], dict[str, Any]]]
    )
    constants: dict[str, Array] = field(default_factory=dict[str, Array])

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """One more node. Gives the name of its output."""
        return self.several(1, kind, *inputs, **attributes)[0]

    def several(self, outputs: int, kind: str, *inputs: str, **attributes: Any) -> list[str]:
        """One more node. Gives the names of its outputs."""
        names = [f"t{len(self.nodes)}_{n}" for n in range(outputs)]
        self.nodes.append((kind, list(inputs), names, attributes))
        return names

    def constant(self, value: Any, dtype: str) -> str:
        """The name of a constant."""
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value, dtypes.to_numpy(dtype))
        return name


@dataclass(frozen=True, slots=True)
class Call:
    """A call to say: its parameters, the names and types of its operands, and its result's type (None for a tuple). A
    tuple operand is a list of names.
    """

    params: Any
    args: Sequence[Any]
    types: Sequence[Any]
    result: TensorType | None

    @property
    def dtype(self) -> str:
        """The element type of the first operand."""
        first = self.types[0]
        return first.dtype if isinstance(first, TensorType) else first.fields[0].dtype

    @property
    def rank(self) -> int:
        """The rank of the first operand."""
        return self.types[0].rank


Spelling = Callable[[Graph, Call], Any]


def _plain(kind: str) -> Spelling:
    return lambda graph, call: graph.add(kind, *call.args)


def _floats(kind: str) -> Spelling:
    def say(graph: Graph, call: Call) -> str:
        _only(dtypes.is_float(call.dtype), "integers")
        return graph.add(kind, *call.args)

    return say


def _only(good: bool, what: str) -> None:
    if not good:
        raise NoOnnx(what)


def _not(inner: Spelling) -> Spelling:
    return lambda graph, call: graph.add("Not", inner(graph, call))


def _is_finite(graph: Graph, call: Call) -> str:
    return graph.add("Not", graph.add("Or", graph.add("IsNaN", *call.args), graph.add("IsInf", *call.args)))


def _rsqrt(graph: Graph, call: Call) -> str:
    return graph.add("Reciprocal", graph.add("Sqrt", *call.args))


def _sigmoid(graph: Graph, call: Call) -> str:
    # By its definition: ONNX Runtime approximates Sigmoid, to some 2e-8 in absolute terms.
    _only(dtypes.is_float(call.dtype), "integers")
    one = graph.constant(1, call.dtype)
    return graph.add("Div", one, graph.add("Add", one, graph.add("Exp", graph.add("Neg", *call.args))))


def _floor_divide(graph: Graph, call: Call) -> str:
    _only(dtypes.is_float(call.dtype), "integers: ONNX truncates")
    return graph.add("Floor", graph.add("Div", *call.args))


def _floor_mod(graph: Graph, call: Call) -> str:
    _only(dtypes.is_int(call.dtype), "floats: ONNX has the sign of the dividend")
    return graph.add("Mod", *call.args)


def _cast(graph: Graph, call: Call) -> str:
    return graph.add("Cast", *call.args, to=call.params.dtype)


def _clip(graph: Graph, call: Call) -> str:
    _only(dtypes.is_float(call.dtype), "integers: bounds are truncated")
    _only(call.params.a_min <= call.params.a_max, "bounds the wrong way around")
    bounds = (graph.constant(bound, call.dtype) for bound in (call.params.a_min, call.params.a_max))
    return graph.add("Clip", *call.args, *bounds)


def _shaped(kind: str) -> Spelling:
    def say(graph: Graph, call: Call) -> str:
        assert call.result is not None
        return graph.add(kind, call.args[0], graph.constant(static(call.result.shape), "int64"))

    return say


def _transpose(graph: Graph, call: Call) -> str:
    axes = call.params.axes
    return graph.add("Transpose", call.args[0], perm=[int(axis) for axis in axes or reversed(range(call.rank))])


def _axes(axis: Any) -> list[int]:
    return [int(axis)] if isinstance(axis, int) else [int(item) for item in axis]


def _reduced(kind: str) -> Spelling:
    def say(graph: Graph, call: Call) -> str:
        _only(call.params.axis is None or len(_axes(call.params.axis)) > 0, "no axes")
        # ONNX Runtime sums int64 in floats: 2**53 + 1 - 5 + 4 gives 2**53 - 1.
        _only(dtypes.is_float(call.dtype) or kind in ("ReduceMax", "ReduceMin"), "integers")
        axes = range(call.rank) if call.params.axis is None else _axes(call.params.axis)
        return graph.add(kind, call.args[0], graph.constant(list(axes), "int64"), keepdims=int(call.params.keepdims))

    return say


def _position(kind: str) -> Spelling:
    def say(graph: Graph, call: Call) -> str:
        params = call.params
        _only(params.axis is not None and len(_axes(params.axis)) == 1, "several axes")
        last = {"keepdims": int(params.keepdims), "select_last_index": int(params.select_last_index)}
        return graph.add("Cast", graph.add(kind, call.args[0], axis=_axes(params.axis)[0], **last), to=params.dtype)

    return say


def _concatenate(graph: Graph, call: Call) -> str:
    return graph.add("Concat", *call.args[0], axis=int(call.params.axis))


def _stack(graph: Graph, call: Call) -> str:
    assert call.result is not None
    axis = int(call.params.axis) % call.result.rank
    where = graph.constant([axis], "int64")
    return graph.add("Concat", *(graph.add("Unsqueeze", item, where) for item in call.args[0]), axis=axis)


def _split(graph: Graph, call: Call) -> list[str]:
    _only(isinstance(call.params.sections, int), "parts of different lengths")
    count = call.params.sections
    return graph.several(count, "Split", call.args[0], axis=int(call.params.axis), num_outputs=count)


def _product(graph: Graph, call: Call) -> str:
    params = call.params
    _only(not params.out_dtype or params.out_dtype == call.dtype, "another element type of the result")
    _only(dtypes.is_float(call.dtype), "integers")
    sides = zip(call.args, call.types, (params.transpose_a, params.transpose_b), strict=True)
    return graph.add("MatMul", *(_swapped(graph, arg, type_.rank) if flag else arg for arg, type_, flag in sides))


def _swapped(graph: Graph, arg: str, rank: int) -> str:
    _only(rank > 1, "a vector")
    return graph.add("Transpose", arg, perm=[*range(rank - 2), rank - 1, rank - 2])


def _along(kind: str) -> Spelling:
    return lambda graph, call: graph.add(kind, call.args[0], axis=int(call.params.axis))


def _beside(graph: Graph, call: Call, arg: str, axis: int) -> str:
    """A vector in the shape in which it lies along an axis of the first operand."""
    shape = [1] * call.rank
    shape[axis] = -1
    return graph.add("Reshape", arg, graph.constant(shape, "int64"))


def _bias_add(graph: Graph, call: Call) -> str:
    return graph.add("Add", call.args[0], _beside(graph, call, call.args[1], call.params.axis % call.rank))


def _layer_norm(graph: Graph, call: Call) -> str:
    params = call.params
    # The attribute epsilon is a float32.
    _only(call.dtype == "float32", "element type")
    axes = [axis % call.rank for axis in _axes(params.axes)]
    _only(axes == list(range(axes[0], call.rank)), "axes that are not the last ones")
    _only(params.scale and params.center and call.types[1].rank == len(axes), "scale or shift that is not used")
    return graph.add("LayerNormalization", *call.args, axis=axes[0], epsilon=float(params.epsilon))


def _batch_norm(graph: Graph, call: Call) -> list[Any]:
    params = call.params
    _only(params.statistics == "moving" and not params.advance and call.rank > 1, "statistics or rank")
    _only(params.scale and params.center, "scale or shift that is not used")
    _only(call.dtype == "float32", "element type")
    # ONNX has the channels along axis 1.
    order = list(range(call.rank))
    axis = params.axis % call.rank
    order[1], order[axis] = order[axis], order[1]
    data = graph.add("Transpose", call.args[0], perm=order)
    made = graph.add("BatchNormalization", data, *call.args[1:], epsilon=float(params.epsilon))
    return [graph.add("Transpose", made, perm=order), call.args[3], call.args[4]]


def _convolution(graph: Graph, call: Call) -> str:
    params = call.params
    usual = {3: ("NCW", "OIW"), 4: ("NCHW", "OIHW"), 5: ("NCDHW", "OIDHW")}.get(call.rank, ("", ""))
    _only((params.data_layout, params.kernel_layout) == usual, "another layout")
    _only(params.out_layout in ("", usual[0]) and params.out_dtype in ("", call.dtype), "another layout or type")
    _only(call.dtype == "float32", "element type")
    spatial = _spatial(params, dilations=params.dilation)
    return graph.add("Conv", *call.args, group=int(params.groups), **spatial)


def _spatial(params: Any, **more: Any) -> dict[str, Any]:
    return {name: _list(each) for name, each in {"strides": params.strides, "pads": params.padding, **more}.items()}


def _list(values: Any) -> list[int]:
    return [int(value) for value in values]


def _pool(kind: str) -> Spelling:
    def say(graph: Graph, call: Call) -> str:
        params = call.params
        _only(params.layout == {3: "NCW", 4: "NCHW", 5: "NCDHW"}.get(call.rank), "another layout")
        _only(params.out_layout in ("", params.layout) and params.rounding == "floor", "another layout or rounding")
        _only(call.dtype == "float32", "element type")
        spatial = _spatial(params, kernel_shape=params.pool_size)
        if kind == "AveragePool":
            _only(set(_list(params.dilation)) == {1}, "dilated averages")
            spatial["count_include_pad"] = int(params.count_include_pad)
        else:
            spatial["dilations"] = _list(params.dilation)
        return graph.add(kind, call.args[0], **spatial)

    return say


def _leaky_relu(graph: Graph, call: Call) -> str:
    _only(call.dtype == "float32", "element type")
    return graph.add("LeakyRelu", call.args[0], alpha=float(call.params.alpha))


def _prelu(graph: Graph, call: Call) -> str:
    axis = call.params.axis % call.rank
    return graph.add("PRelu", call.args[0], _beside(graph, call, call.args[1], axis))


def _cumsum(graph: Graph, call: Call) -> str:
    params, axis = call.params, call.params.axis
    _only(axis is not None and params.dtype in ("", None, call.dtype), "no axis, or another element type")
    return graph.add("CumSum", call.args[0], graph.constant(axis, "int64"), exclusive=int(params.exclusive))


def _tile(graph: Graph, call: Call) -> str:
    reps = _list(call.params.reps)
    _only(len(reps) == call.rank, "more or fewer repetitions than dimensions")
    return graph.add("Tile", call.args[0], graph.constant(reps, "int64"))


SPELLINGS: Mapping[str, Spelling] = {
    **{card: _plain(kind) for card, kind in {
        "add": "Add", "subtract": "Sub", "multiply": "Mul", "maximum": "Max", "minimum": "Min", "negative": "Neg",
        "abs": "Abs", "sign": "Sign", "nn.relu": "Relu", "equal": "Equal", "less": "Less", "less_equal": "LessOrEqual",
        "greater": "Greater", "greater_equal": "GreaterOrEqual", "logical_and": "And", "logical_or": "Or",
        "logical_xor": "Xor", "logical_not": "Not", "isnan": "IsNaN", "isinf": "IsInf", "where": "Where",
        "bitwise_and": "BitwiseAnd", "bitwise_or": "BitwiseOr", "bitwise_xor": "BitwiseXor",
        "bitwise_not": "BitwiseNot",
    }.items()},
    **{card: _floats(kind) for card, kind in {
        "divide": "Div", "power": "Pow", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "tanh": "Tanh", "erf": "Erf",
        "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos",
        "atan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh",
        "floor": "Floor", "ceil": "Ceil",
    }.items()},
    "not_equal": _not(_plain("Equal")),
    "isfinite": _is_finite,
    "rsqrt": _rsqrt,
    "sigmoid": _sigmoid,
    "floor_divide": _floor_divide,
    "floor_mod": _floor_mod,
    "cast": _cast,
    "clip": _clip,
    **{card: _shaped("Reshape") for card in ("reshape", "squeeze", "expand_dims", "nn.batch_flatten")},
    "broadcast_to": _shaped("Expand"),
    "transpose": _transpose,
    **{card: _reduced(f"Reduce{card.title()}") for card in ("sum", "mean", "max", "min", "prod")},
    "argmax": _position("ArgMax"),
    "argmin": _position("ArgMin"),
    "concatenate": _concatenate,
    "stack": _stack,
    "split": _split,
    **dict.fromkeys(("nn.dense", "nn.matmul", "nn.batch_matmul"), _product),
    "nn.softmax": _along("Softmax"),
    "nn.log_softmax": _along("LogSoftmax"),
    "nn.bias_add": _bias_add,
    "nn.layer_norm": _layer_norm,
    "nn.batch_norm": _batch_norm,
    **{f"nn.conv{n}d": _convolution for n in (1, 2, 3)},
    **{f"nn.max_pool{n}d": _pool("MaxPool") for n in (1, 2, 3)},
    **{f"nn.avg_pool{n}d": _pool("AveragePool") for n in (1, 2, 3)},
    "nn.leaky_relu": _leaky_relu,
    "nn.prelu": _prelu,
    "cumsum": _cumsum,
    "tile": _tile,
}  # fmt: skip
"""By card."""
