"""Training of small models, whole steps as programs: the loss, its gradients and the update in one function.

A step takes the data, the labels, the weights and what the optimizer keeps, and gives the loss, the new weights and the
new state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import migrate
import relay_compat as relay
from relay_compat.passes.first_order_gradient import first_order_gradient
from tensor_core.module import IRModule

Arrays = list[np.ndarray]

MLP = """
def @main(%x: Tensor[(8, 6), float32], %t: Tensor[(8, 3), float32],
          %w1: Tensor[(10, 6), float32], %b1: Tensor[(10), float32], %w2: Tensor[(3, 10), float32]) {
  %0 = nn.relu(nn.bias_add(nn.dense(%x, %w1, units=10), %b1));
  %1 = nn.log_softmax(nn.dense(%0, %w2, units=3), axis=1);
  negative(mean(sum(multiply(%1, %t), axis=[1])))
}"""
CNN = """
def @main(%x: Tensor[(4, 2, 8, 8), float32], %t: Tensor[(4, 3), float32],
          %k: Tensor[(4, 2, 3, 3), float32], %b: Tensor[(4), float32], %w: Tensor[(3, 64), float32]) {
  %0 = nn.conv2d(%x, %k, padding=[1, 1, 1, 1], channels=4, kernel_size=[3, 3]);
  %1 = nn.relu(nn.bias_add(%0, %b));
  %2 = nn.max_pool2d(%1, pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 0, 0]);
  %3 = nn.dense(nn.batch_flatten(%2), %w, units=3);
  negative(mean(sum(multiply(nn.log_softmax(%3, axis=1), %t), axis=[1])))
}"""
TRANSFORMER = """
def @main(%x: Tensor[(5, 8), float32], %t: Tensor[(5, 8), float32],
          %q: Tensor[(8, 8), float32], %k: Tensor[(8, 8), float32], %v: Tensor[(8, 8), float32],
          %u: Tensor[(16, 8), float32], %d: Tensor[(8, 16), float32]) {
  %0 = nn.dense(%x, %q, units=8);
  %1 = nn.dense(%x, %k, units=8);
  %2 = nn.dense(%x, %v, units=8);
  %3 = nn.softmax(multiply(nn.dense(%0, %1, units=5), 0.35f));
  %4 = add(%x, nn.dense(%3, transpose(%2, axes=[1, 0]), units=8));
  %5 = mean(%4, axis=[1], keepdims=True);
  %6 = subtract(%4, %5);
  %7 = divide(%6, sqrt(add(mean(multiply(%6, %6), axis=[1], keepdims=True), 0.00001f)));
  %8 = nn.dense(nn.relu(nn.dense(%7, %u, units=16)), %d, units=8);
  %9 = subtract(add(%4, %8), %t);
  mean(multiply(%9, %9))
}"""
MODELS = {"MLP": MLP, "CNN": CNN, "transformer block": TRANSFORMER}
RATE = 0.05


@dataclass(frozen=True)
class Optimizer:
    """``slots``: how many arrays it keeps for each weight; ``update``: the new weight and slots, given the weight, its
    gradient, the slots and the number of the step, from 1.
    """

    slots: int
    update: Callable[[Any, Any, Sequence[Any], Any], tuple[Any, list[Any]]]


def _sgd(weight: Any, gradient: Any, _slots: Sequence[Any], _step: Any) -> tuple[Any, list[Any]]:
    return weight - relay.const(RATE) * gradient, []


def _momentum(weight: Any, gradient: Any, slots: Sequence[Any], _step: Any) -> tuple[Any, list[Any]]:
    velocity = relay.const(0.9) * slots[0] + gradient
    return weight - relay.const(RATE) * velocity, [velocity]


def _adam(weight: Any, gradient: Any, slots: Sequence[Any], step: Any) -> tuple[Any, list[Any]]:
    first = relay.const(0.9) * slots[0] + relay.const(0.1) * gradient
    second = relay.const(0.999) * slots[1] + relay.const(0.001) * gradient * gradient
    one = relay.const(1.0)
    grown = first / (one - relay.power(relay.const(0.9), step))
    spread = second / (one - relay.power(relay.const(0.999), step))
    return weight - relay.const(RATE) * grown / (relay.sqrt(spread) + relay.const(1e-8)), [first, second]


OPTIMIZERS = {"SGD": Optimizer(0, _sgd), "momentum": Optimizer(1, _momentum), "Adam": Optimizer(2, _adam)}
GIVEN = 2
"""The data and the labels, before the weights."""


def forward(model: str) -> IRModule:
    """The function from data, labels and weights to the loss."""
    return migrate.load(f'#[version = "0.0.5"]{MODELS[model]}')


def step(model: str, optimizer: str) -> IRModule:
    """One step in Relay: ``(step, data, labels, weights..., slots...) -> (loss, weights..., slots...)``."""
    chosen = OPTIMIZERS[optimizer]
    main: Any = forward(model)["main"]
    differentiated: Any = first_order_gradient(main)
    types = [param.checked for param in differentiated.params]
    number = relay.var("step", shape=(), dtype="float32")
    params = [relay.var(f"p{n}", type_) for n, type_ in enumerate(types)]
    slots = [
        [relay.var(f"s{n}_{place}", type_) for place in range(chosen.slots)] for n, type_ in enumerate(types[GIVEN:])
    ]
    both = relay.Call(differentiated, params)
    gradients = relay.TupleGetItem(both, 1)
    updated = [
        chosen.update(weight, relay.TupleGetItem(gradients, GIVEN + n), slots[n], number)
        for n, weight in enumerate(params[GIVEN:])
    ]
    kept = [slot for _, new in updated for slot in new]
    result = relay.Tuple([relay.TupleGetItem(both, 0), *(weight for weight, _ in updated), *kept])
    function = relay.Function([number, *params, *(slot for own in slots for slot in own)], result)
    return relay.transform.InferType()(relay.IRModule.from_expr(function))


def start(model: str, optimizer: str) -> tuple[Arrays, Arrays]:
    """The data and labels; the weights and what the optimizer keeps at the start."""
    r = np.random.default_rng(7)
    shapes = [tuple(map(int, param.checked.shape)) for param in forward(model)["main"].params]
    x, *rest = (r.standard_normal(shape).astype("float32") for shape in shapes)
    weights = [0.4 * weight for weight in rest[1:]]
    labels = rest[0] if model == "transformer block" else np.eye(3, dtype="float32")[r.integers(0, 3, shapes[1][0])]
    slots = [np.zeros_like(weight) for weight in weights for _ in range(OPTIMIZERS[optimizer].slots)]
    return [x, labels], [*(weight.astype("float32") for weight in weights), *slots]


def trained(run: Callable[[Arrays], Arrays], given: Arrays, kept: Arrays, steps: int) -> tuple[list[float], Arrays]:
    """The losses of so many steps, and what is kept after them."""
    losses: list[float] = []
    for number in range(1, steps + 1):
        loss, *kept = run([np.asarray(number, "float32"), *given, *kept])
        losses.append(float(loss))
    return losses, kept
