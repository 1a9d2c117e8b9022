"""relu: max(x, 0), and 0 for NaN as TVM compiles it."""

from __future__ import annotations

import numpy as np

from tensor_core import prim
from tensor_core.ops.card import Law
from tensor_core.ops.draw import NUMBERS
from tensor_core.ops.elementwise.derivatives import DERIVATIVES, RELAX_DERIVATIVES
from tensor_core.ops.pointwise import unary
from tensor_core.ops.rules import Array


def _relu(x: Array) -> Array:
    return np.where(x > 0, x, np.zeros((), x.dtype))


CARD = unary(
    "nn.relu",
    _relu,
    lambda x: prim.Max(x, prim.const(0, x.dtype)),
    gradient=DERIVATIVES["nn.relu"],
    relax_gradient=RELAX_DERIVATIVES["nn.relu"],
    laws=(Law.IDEMPOTENT, Law.MONOTONE, Law.SCALES),
    of=NUMBERS,
)
