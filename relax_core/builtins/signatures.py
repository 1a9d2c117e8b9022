"""Whether a call of a tensor program fits its signature (FValidate of call_tir in TVM 0.19 to 0.27).

The program's parameters are the arguments, then the results; its symbolic dimensions are what the arguments make them.
"""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.builtins.builtin import argument, refused, stated_type
from relax_core.ir.distributed import DTensorType
from relax_core.ir.expr import Call
from relax_core.ir.types import FuncType, ShapeType, TupleType, Type
from relax_core.types.relations import accepts, bind_symbols, forget, is_base_of, substitute
from tensor_core import codes, shapes
from tensor_core.prim import Var
from tensor_core.shapes import Dim


def check_signature(call: Call, in_place: Sequence[int] = ()) -> None:
    """R2R0202 when the arguments or the stated result do not fit the callee's parameters."""
    callee, given = argument(call, 0), argument(call, 1)
    if not isinstance(callee, FuncType) or callee.params is None:
        raise refused(call, f"calls a function whose parameters are known, got {callee}")
    if not isinstance(given, TupleType):
        raise refused(call, f"takes a tuple of arguments, got {given}")
    number = len(given.fields)
    if number > len(callee.params):
        raise refused(
            call, f"gives {number} arguments, the callee has {len(callee.params)} parameters", "", codes.ARITY
        )
    if any(isinstance(item, DTensorType) for item in given.fields):
        return
    implied = _result(_without_scalars(call, callee.params), number, in_place)
    expected = _at_call(call, callee.params[:number], given.fields, implied)
    stated = stated_type(call) or expected
    if not is_base_of(expected, stated):
        raise refused(call, f"states the result {stated}, by the callee's parameters it is {expected}")


def _without_scalars(call: Call, params: Sequence[Type]) -> Sequence[Type]:
    """The parameters but the last ones, which releases before 0.26 pass as a shape (``tir_vars``)."""
    if len(call.args) < 3:
        return params
    held = argument(call, 2)
    return params[: len(params) - held.ndim] if isinstance(held, ShapeType) and held.ndim > 0 else params


def _result(params: Sequence[Type], number: int, in_place: Sequence[int]) -> Type:
    """The parameters that are results; those that are written in place are arguments too."""
    results = list(params[number:])
    for place, index in enumerate(in_place):
        if index >= 0:
            results.insert(place, params[index])
    return results[0] if len(results) == 1 else TupleType(tuple(results))


def _at_call(call: Call, declared: Sequence[Type], given: Sequence[Type], result: Type) -> Type:
    values: dict[Var, Dim] = {}
    for mine, other in zip(declared, given, strict=True):
        bind_symbols(mine, other, values)
    for place, (mine, other) in enumerate(zip(declared, given, strict=True)):
        if not accepts(substitute(mine, values), other):
            raise refused(call, f"gives argument {place} of type {other}, the callee takes {mine}")
    known = forget(result, lambda dim: all(var in values for var in shapes.free_vars(dim)))
    return substitute(known, values)
