"""A kernel with its floats as another type: as float64, its shadow, or as residues."""

from __future__ import annotations

from tensor_core import dtypes, prim
from tensor_core.loops.nodes import Buffer, PrimFunc
from tensor_core.loops.rewrite import Rewriter
from tensor_core.prim import PrimExpr


def widened(func: PrimFunc, floats: str = "float64") -> PrimFunc:
    """``func`` with every float buffer, constant and cast in this type; integers and bools stay as they are."""
    return _Widen(floats).function(func)


class _Widen(Rewriter):
    def __init__(self, floats: str) -> None:
        super().__init__()
        self._floats = floats
        self._stated: dict[Buffer, str] = {}

    def buffer(self, buffer: Buffer) -> Buffer:
        if not dtypes.is_float(buffer.dtype):
            return buffer
        made = Buffer(buffer.name, buffer.shape, self._floats)
        self._stated[made] = buffer.dtype
        return made

    def expression(self, expr: PrimExpr) -> PrimExpr:
        match expr:
            case prim.FloatImm():
                return prim.FloatImm(expr.value, self._floats)
            case prim.Intrinsic(name="reinterpret"):
                return self._same_bits(expr)
            case prim.Cast() | prim.Intrinsic() if dtypes.is_float(expr.dtype):
                return expr.replace(dtype=self._floats)
            case _:
                return expr

    def _same_bits(self, expr: prim.Intrinsic) -> PrimExpr:
        """Bits are those of the narrow float, as which a widened operand is taken and whose value the result is. What
        stays of its type stays what it is.
        """
        value = expr.args[0]
        if dtypes.is_float(value.dtype):
            stated = self._stated.get(value.buffer) if isinstance(value, prim.Load) else None
            narrow = stated or f"float{dtypes.bits(expr.dtype)}"
            if expr.dtype == narrow:
                return value
            value = value.astype(narrow)
        made = prim.Intrinsic(expr.name, (value,), expr.dtype)
        return made.astype(self._floats) if dtypes.is_float(expr.dtype) else made
