"""Numbers that a kernel takes by value, and as arrays of rank 0."""

from __future__ import annotations

from collections.abc import Mapping

from tensor_core import dtypes, prim
from tensor_core.loops.nodes import Buffer, PrimFunc
from tensor_core.loops.rewrite import Rewriter
from tensor_core.prim import PrimExpr, Var


def read_by_value(kernel: PrimFunc, values: Mapping[int, PrimExpr]) -> PrimFunc:
    """The kernel that uses these values instead of its inputs of rank 0 at these places; the variables among them are
    its first scalars.
    """
    given = {kernel.params[place]: value for place, value in values.items()}
    made = _Reading(given).function(kernel)
    params = tuple([buffer for place, buffer in enumerate(made.params) if place not in values])
    own = tuple([value for value in values.values() if isinstance(value, Var)])
    return made.replace(params=params, scalars=(*own, *kernel.scalars))


def read_from_arrays(kernel: PrimFunc) -> tuple[PrimFunc, tuple[int, ...]]:
    """The kernel that takes what scalars it has beside integers as arrays of rank 0, behind its other inputs; and the
    places of these among its scalars.
    """
    places = tuple([n for n, var in enumerate(kernel.scalars) if not dtypes.is_int(var.dtype)])
    if not places:
        return kernel, ()
    arrays = {kernel.scalars[n]: Buffer(kernel.scalars[n].name, (), kernel.scalars[n].dtype) for n in places}
    made = _Loading(arrays).function(kernel)
    first = len(kernel.params) - kernel.outputs
    params = (*made.params[:first], *arrays.values(), *made.params[first:])
    return made.replace(params=params, scalars=tuple([var for var in kernel.scalars if var not in arrays])), places


class _Reading(Rewriter):
    def __init__(self, values: Mapping[Buffer, PrimExpr]) -> None:
        super().__init__()
        self._values = values

    def expression(self, expr: PrimExpr) -> PrimExpr:
        return self._values.get(expr.buffer, expr) if isinstance(expr, prim.Load) else expr


class _Loading(Rewriter):
    def __init__(self, arrays: Mapping[Var, Buffer]) -> None:
        super().__init__()
        self._arrays = arrays

    def expression(self, expr: PrimExpr) -> PrimExpr:
        array = self._arrays.get(expr) if isinstance(expr, Var) else None
        return expr if array is None else prim.Load(array, ())
