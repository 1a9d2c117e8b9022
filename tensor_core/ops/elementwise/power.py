"""power: floats only; a negative base with a fractional exponent gives NaN."""

from __future__ import annotations

import numpy as np

from tensor_core import prim
from tensor_core.ops.card import Domain, Rounding
from tensor_core.ops.draw import FLOATS
from tensor_core.ops.pointwise import binary

CARD = binary(
    "power",
    np.power,
    lambda a, b: prim.intrinsic("pow", a, b),
    domains=(Domain(0.25, 4.0), Domain(-4.0, 4.0)),
    error=Rounding(ulps=16),
    of=FLOATS,
)
