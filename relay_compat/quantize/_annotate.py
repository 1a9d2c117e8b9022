"""Where values are to be quantized (tvm.relay.quantize._annotate in TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Expr, Op, Var
from relay_compat.op.call import call

_QUANTIZE = "relay.op.annotation.simulated_quantize"


class QAnnotateKind:
    """What kind of value is quantized."""

    IDENTITY = 0
    INPUT = 1
    WEIGHT = 2
    ACTIVATION = 3
    BIAS = 4


def attach_simulated_quantize(data: Expr, kind: int, sign: bool = True, rounding: str = "round") -> Expr:
    """The value as if it were quantized, by scale and bounds that are new variables; a value marked alike stays."""
    if isinstance(data, Call) and isinstance(data.op, Op) and data.op.name == _QUANTIZE and data.attrs is not None:
        same = data.attrs.kind == kind and data.attrs.sign == sign and data.attrs.rounding == rounding
        if same:
            return data
    bounds = (Var("dom_scale"), Var("clip_min"), Var("clip_max"))
    return call(_QUANTIZE, data, *bounds, kind=kind, sign=sign, rounding=rounding)
