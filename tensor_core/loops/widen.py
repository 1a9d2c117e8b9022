"""The float64 shadow of a kernel: the same computation without the rounding of narrow floats."""

from __future__ import annotations

from tensor_core import dtypes, prim
from tensor_core.loops.nodes import Buffer, PrimFunc
from tensor_core.loops.rewrite import Rewriter
from tensor_core.prim import PrimExpr


def widened(func: PrimFunc) -> PrimFunc:
    """``func`` with every float buffer, constant and cast in float64; integers and bools stay as they are."""
    return _Widen().function(func)


class _Widen(Rewriter):
    def buffer(self, buffer: Buffer) -> Buffer:
        return Buffer(buffer.name, buffer.shape, "float64") if dtypes.is_float(buffer.dtype) else buffer

    def expression(self, expr: PrimExpr) -> PrimExpr:
        match expr:
            case prim.FloatImm():
                return prim.FloatImm(expr.value, "float64")
            case prim.Intrinsic(name="reinterpret"):
                return _same_bits(expr)
            case prim.Cast() | prim.Intrinsic() if dtypes.is_float(expr.dtype):
                return expr.replace(dtype="float64")
            case _:
                return expr


def _same_bits(expr: prim.Intrinsic) -> PrimExpr:
    """Bits are those of the narrow float, as which a widened operand is taken and whose value the result is."""
    value = expr.args[0]
    if dtypes.is_float(value.dtype):
        value = value.astype(f"float{dtypes.bits(expr.dtype)}")
    made = prim.Intrinsic(expr.name, (value,), expr.dtype)
    return made.astype("float64") if dtypes.is_float(expr.dtype) else made
