"""Weights for networks under test (tvm.relay.testing.init in TVM 0.19): chosen by how a parameter is named."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt

import numpy as np

from relay_compat.ir.expr import Expr
from relay_compat.ir.module import IRModule
from relay_compat.passes.infer_type import InferType
from tensor_core import dtypes
from tensor_core.ndarray import NDArray, ndarray

__all__ = ["Constant", "Initializer", "Workload", "Xavier", "create_workload"]

Workload = tuple[IRModule, dict[str, NDArray]]
"""A module, and arrays for the parameters of its entry."""

_FILL = {"bias": 0.0, "gamma": 1.0, "beta": 0.0, "mean": 0.0, "var": 1.0}


class Initializer:
    """Fills arrays by the ends of their names: weights as a subclass says, biases and moments with 0 or 1."""

    def __call__(self, desc: str, arr: np.ndarray) -> None:
        """Fill ``arr``; ValueError for a name without a known end."""
        if desc.endswith("weight"):
            self.weight(desc, arr)
            return
        for end, value in _FILL.items():
            if desc.endswith(end):
                arr[:] = value
                return
        raise ValueError(f"Unknown initialization pattern for {desc}: known ends are weight, {', '.join(_FILL)}")

    def weight(self, name: str, arr: np.ndarray) -> None:
        """Fill a weight."""
        raise NotImplementedError(f"{type(self).__name__} does not fill weights such as {name}")


class Xavier(Initializer):
    """Weights drawn evenly from a range that keeps the size of activations (Glorot and Bengio, 2010).

    ``factor_type`` says what of the fan-in and fan-out divides ``magnitude``: "in", "out" or their average, "avg".
    """

    def __init__(self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> None:
        if rnd_type != "uniform":
            raise ValueError("Unknown random type")
        if factor_type not in ("avg", "in", "out"):
            raise ValueError("Incorrect factor type")
        self._factor_type = factor_type
        self._magnitude = float(magnitude)

    def weight(self, name: str, arr: np.ndarray) -> None:
        """Fill a weight of at least two dimensions; ValueError for a vector."""
        if arr.ndim < 2:
            raise ValueError(f"Xavier initializer cannot be applied to vector {name}. It requires at least 2D.")
        window = float(prod(arr.shape[2:]))
        ins, outs = arr.shape[1] * window, arr.shape[0] * window
        factor = {"avg": (ins + outs) / 2.0, "in": ins, "out": outs}[self._factor_type]
        # Each output of a depthwise convolution sees one channel.
        scale = sqrt(self._magnitude / (window if "depthwise" in name else factor))
        arr[:] = np.random.uniform(-scale, scale, size=arr.shape)


class Constant(Initializer):
    """Weights that are all equal and sum to 1."""

    def weight(self, name: str, arr: np.ndarray) -> None:
        """Fill a weight."""
        del name
        arr[:] = 1.0 / arr.size


def create_workload(net: Expr, initializer: Callable[[str, np.ndarray], None] | None = None, seed: int = 0) -> Workload:
    """A typed module of the network, and arrays for its parameters except "data"; equal seeds give equal arrays."""
    module = InferType()(IRModule.from_expr(net))
    np.random.seed(seed)
    fill = initializer or Xavier()
    params: dict[str, NDArray] = {}
    for param in module["main"].params:
        if param.name != "data":
            type_ = param.checked_type
            array = np.zeros([int(dim) for dim in type_.shape], dtypes.to_numpy(type_.dtype))
            fill(param.name, array)
            params[param.name] = ndarray(array)
    return module, params
