"""relu: max(x, 0), and 0 for NaN as TVM compiles it."""

from __future__ import annotations

import numpy as np

from tensor_core import prim
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.ops import rules
from tensor_core.ops.card import Exact, Input, Law, NoParams, OpCard, Operand, Pattern, RelaxSpelling, RelaySpelling


def _reference(params: NoParams, x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.zeros((), x.dtype))


def _lower(params: NoParams, b: LoopBuilder, x: Tensor) -> Tensor:
    return b.compute(x.shape, lambda *i: prim.Max(x[i], prim.const(0, x.dtype)), name="relu")


CARD = OpCard(
    name="nn.relu",
    inputs=(Input("data"),),
    params=NoParams,
    infer=rules.identity,
    reference=_reference,
    lower=_lower,
    relay=RelaySpelling(name="nn.relu"),
    relax=(RelaxSpelling(name="relax.nn.relu", operands=(Operand("data"),)),),
    pattern=Pattern.ELEMENTWISE,
    error=Exact(),
    laws=frozenset({Law.IDEMPOTENT, Law.MONOTONE}),
)
