"""Random numbers (tvm.relay.op.random in TVM 0.19)."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from relay_compat.ir.expr import Constant, Expr
from relay_compat.op.call import call
from relay_compat.op.declare import declared
from relay_compat.op.normal import as_const
from relay_compat.op.wrappers import derived, names

__getattr__ = derived("random.")


def threefry_key(seed: int) -> Constant:
    """The first key of the Threefry generator for a seed of up to 256 bits."""
    words = np.frombuffer(seed.to_bytes(32, sys.byteorder), "uint64")
    return Constant(np.concatenate([words, np.array([0, 0, 0, 0, 1 << 63, 0], "uint64")]))


def threefry_generate(key: Expr, shape: Any) -> Expr:
    """Random bits, and the key to go on with."""
    return call("random.threefry_generate", key, out_shape=shape)


@declared("random.threefry_split")
def threefry_split(key: Expr) -> None:
    """Two keys from one."""


def uniform(key: Expr, shape: Any, dtype: str = "float32", low: Any = 0.0, high: Any = 1.0) -> Expr:
    """Uniform random numbers from an interval, and the key to go on with."""
    bounds = map(as_const(dtype), (low, high))
    return call("random.uniform", key, *bounds, out_shape=shape, out_dtype=dtype)


def normal(key: Expr, shape: Any, dtype: str = "float32", mean: Any = 0.0, scale: Any = 1.0) -> Expr:
    """Normally distributed random numbers, and the key to go on with."""
    moments = map(as_const(dtype), (mean, scale))
    return call("random.normal", key, *moments, out_shape=shape, out_dtype=dtype)


@declared("random.multinomial")
def multinomial(key: Expr, probs: Expr, num_samples: int) -> None:
    """Indices drawn by probability, and the key to go on with."""


def __dir__() -> list[str]:
    return sorted({*globals(), *names("random.")})
