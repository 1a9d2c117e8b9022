"""TVM's form of Relay's text with all digits of numbers, where TVM's printer gives six: TVM's parser reads them.

Scalars that no literal says go to the metadata section.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from relay_compat.ir.expr import Constant, Expr
from relay_compat.ir.values import TypedFloat
from relay_compat.text.literals import SUFFIXES, float_text
from relay_compat.text.print_exprs import ExprPrinter
from tensor_core import dtypes


class ExactPrinter(ExprPrinter):
    """Prints numbers so that they are read as what they are."""

    def _leaf(self, expr: Expr) -> None:
        if isinstance(expr, Constant) and not expr.data.ndim:
            dtype = dtypes.from_numpy(expr.data.dtype)
            if dtype in SUFFIXES and dtype.startswith("float"):
                text = _digits(expr.data[()])
                said = self.metadata.refer(expr, "relay.Constant") if text is None else text + SUFFIXES[dtype]
                self._texts[expr] = said
                return
        super()._leaf(expr)

    def _number(self, value: int | float) -> str:
        if isinstance(value, float) and not isinstance(value, TypedFloat):
            return (_digits(np.float64(value)) or float_text(value)) + "f"
        return super()._number(value)


def _digits(value: Any) -> str | None:
    """The shortest digits that mean this number among those of its width; None for one that is not finite."""
    if not math.isfinite(value):
        return None
    short = float_text(float(value))
    return (
        short
        if type(value)(short) == value and math.copysign(1, float(short)) == math.copysign(1, value)
        else str(value)
    )
