"""A kernel for known sizes and scalars."""

from __future__ import annotations

from collections.abc import Mapping

from tensor_core import prim, shapes
from tensor_core.loops.nodes import Axis, Buffer, PrimFunc
from tensor_core.loops.rewrite import Rewriter
from tensor_core.prim import Var
from tensor_core.shapes import Dim

Values = Mapping[Var, int | float]


def specialized(func: PrimFunc, values: Values) -> PrimFunc:
    """The kernel with numbers in the place of variables: of its scalars, and of those in its buffers' shapes."""
    return _Specialize(values).function(func)


class _Specialize(Rewriter):
    def __init__(self, values: Values) -> None:
        super().__init__()
        self._values = values
        self._sizes: dict[Var, Dim] = {var: value for var, value in values.items() if isinstance(value, int)}

    def function(self, func: PrimFunc) -> PrimFunc:
        left = tuple(var for var in func.scalars if var not in self._values)
        return super().function(func).replace(scalars=left)

    def buffer(self, buffer: Buffer) -> Buffer:
        return Buffer(buffer.name, tuple(map(self._size, buffer.shape)), buffer.dtype)

    def axis(self, axis: Axis) -> Axis:
        return Axis(axis.var, self._size(axis.extent))

    def _size(self, dim: Dim) -> Dim:
        return shapes.substitute(dim, self._sizes)

    def expression(self, expr: prim.PrimExpr) -> prim.PrimExpr:
        if isinstance(expr, Var) and expr in self._values:
            return prim.const(self._values[expr], expr.dtype)
        return expr
