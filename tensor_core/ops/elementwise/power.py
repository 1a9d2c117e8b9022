"""power: floats only; a negative base with a fractional exponent gives NaN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tensor_core import prim
from tensor_core.ops.card import Domain, NoParams, Rounding
from tensor_core.ops.draw import FLOATS
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import derivatives
from tensor_core.ops.pointwise import binary


def _gradient(_params: NoParams, args: Sequence[F], result: F, g: F) -> Sequence[F]:
    """The second makes sense for positive x."""
    x, y = args
    return [(g * y * x.call("power", y - y.one())).summed_to(x), (g * result * x.call("log")).summed_to(y)]


CARD = binary(
    "power",
    np.power,
    lambda a, b: prim.intrinsic("pow", a, b),
    gradient=derivatives(_gradient),
    domains=(Domain(0.25, 4.0), Domain(-4.0, 4.0)),
    error=Rounding(ulps=16),
    of=FLOATS,
)
