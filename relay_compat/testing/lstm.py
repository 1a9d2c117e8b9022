"""Unrolled LSTM (tvm.relay.testing.lstm in TVM 0.19). The step of each iteration is a function of its own."""

from __future__ import annotations

from relay_compat.analysis.variables import free_vars
from relay_compat.ir.expr import Call, Expr, Function, Tuple, TupleGetItem, Var
from relay_compat.ir.types import TensorType, TupleType, Type
from relay_compat.op import add, multiply, sigmoid, split, tanh, zeros
from relay_compat.scope_builder import ScopeBuilder
from relay_compat.testing import layers
from relay_compat.testing.init import Workload, create_workload


class _Types:
    """The types in a network of one size."""

    def __init__(self, num_hidden: int, batch_size: int, dtype: str) -> None:
        self.input = TensorType((batch_size, num_hidden), dtype)
        self.gates = TensorType((batch_size, 4 * num_hidden), dtype)
        self.weight = TensorType((4 * num_hidden, num_hidden), dtype)
        self.bias = TensorType((4 * num_hidden,), dtype)
        self.state = TupleType((self.input, self.input))
        self.cell = TupleType((self.input, self.state))


def lstm_cell(num_hidden: int, batch_size: int = 1, dtype: str = "float32", name: str = "") -> Function:
    """One step: from input, state and weights to the output and the next state."""
    types, builder = _Types(num_hidden, batch_size, dtype), ScopeBuilder()

    def let(label: str, type_: Type, value: Expr) -> Expr:
        return builder.let((label, type_), value)

    inputs, states = Var("inputs", types.input), Var("states", types.state)
    weights = {key: Var(key, types.weight if key.endswith("weight") else types.bias) for key in _WEIGHTS}
    sums = [
        let(part, types.gates, layers.dense_add_bias(source, weights[f"{part}_weight"], weights[f"{part}_bias"],
                                                     num_hidden * 4, name=f"{name}{part}"))
        for part, source in (("i2h", inputs), ("h2h", TupleGetItem(states, 0)))
    ]  # fmt: skip
    gates = let("gates", types.gates, add(*sums))
    four = TupleType((types.input,) * 4)
    parts = let("slice_gates", four, split(gates, 4, axis=1).astuple())
    enter, forget, change, leave = [
        let(label, types.input, function(TupleGetItem(parts, place)))
        for place, (label, function) in enumerate(
            (("in_gate", sigmoid), ("forget_gate", sigmoid), ("in_transform", tanh), ("out_gate", sigmoid))
        )
    ]
    kept = multiply(forget, TupleGetItem(states, 1))
    next_c = let("next_c", types.input, add(kept, multiply(enter, change)))
    next_h = let("next_h", types.input, multiply(leave, tanh(next_c)))
    builder.ret(let("ret", types.cell, Tuple((next_h, Tuple((next_h, next_c))))))
    return Function((inputs, states, *weights.values()), builder.get(), types.cell)


_WEIGHTS = ("i2h_weight", "i2h_bias", "h2h_weight", "h2h_bias")


def get_net(iterations: int, num_hidden: int, batch_size: int = 1, dtype: str = "float32") -> Function:
    """The network as a function of its inputs, which are all called "data", and its weights."""
    types, builder = _Types(num_hidden, batch_size, dtype), ScopeBuilder()
    start = builder.let(("zeros", types.input), zeros((batch_size, num_hidden), dtype))
    states: Expr = builder.let(("init_states", types.state), Tuple((start, start)))
    output: Expr = start
    for step in range(iterations):
        weights = [
            Var(f"{part}_{step}_{kind}", types.weight if kind == "weight" else types.bias)
            for part in ("i2h", "h2h") for kind in ("weight", "bias")
        ]  # fmt: skip
        cell = lstm_cell(num_hidden, batch_size, dtype, f"lstm_{step}")
        call = builder.let((f"call_{step}", types.cell), Call(cell, (Var("data", types.input), states, *weights)))
        output = builder.let((f"out_{step}", types.input), TupleGetItem(call, 0))
        states = builder.let((f"states_{step}", types.state), TupleGetItem(call, 1))
    builder.ret(output)
    body = builder.get()
    return Function(tuple(free_vars(body)), body, types.input)


def get_workload(iterations: int, num_hidden: int, batch_size: int = 1, dtype: str = "float32") -> Workload:
    """The network in a module, with weights."""
    return create_workload(get_net(iterations, num_hidden, batch_size, dtype))
