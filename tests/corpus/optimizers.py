"""Optimizers with their options, in the names that tvm.relax.training.optimizer and ours share."""

from typing import Any

OPTIMIZERS: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "SGD": ("SGD", (0.1,), {}),
    "SGD, decaying": ("SGD", (0.25,), {"weight_decay": 0.01}),
    "momentum": ("MomentumSGD", (0.1, 0.9), {}),
    "momentum, damped": ("MomentumSGD", (0.1, 0.9), {"dampening": 0.2, "weight_decay": 0.01}),
    "momentum, ahead": ("MomentumSGD", (0.1, 0.8), {"nesterov": True}),
    "Adam": ("Adam", (0.001,), {}),
    "Adam, decaying": ("Adam", (0.01,), {"betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.02}),
}
"""By case: the class, its arguments and options."""

WEIGHTS = {"w": (2, 3), "b": (4,)}
TYPES = ("float32", "float64")
