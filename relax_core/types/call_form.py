"""The normal form of single operators (FNormalize in TVM 0.19 to 0.27): arguments in place, known values written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relax_core.ir.expr import Call, Expr, Op, PrimValue, Tuple, TupleGetItem, Var
from relax_core.ir.types import FuncType, PrimType, TensorType, TupleType, Type
from relax_core.types.leaves import type_of
from relax_core.types.relations import same_type
from tensor_core import codes, prim
from tensor_core.diagnostics import fail

_CALL_TIR = frozenset({"relax.call_tir", "relax.call_tir_with_grad", "relax.call_tir_inplace"})
_KNOWN_VALUE = "relax.inspect.tensor_"


def normal_form(call: Call, values: Mapping[Var, Expr]) -> Expr:
    """The call in its operator's own normal form; the same object when it is so already.

    ``values`` are what variables are bound to. R2R0202 and R2R0205 for calls that have none.
    """
    name = call.op.name if isinstance(call.op, Op) else ""
    if name in _CALL_TIR:
        call = _call_tir(call, values)
        if name == "relax.call_tir_inplace":
            _check_in_place(call)
        return call
    if name.startswith(_KNOWN_VALUE) and isinstance(call.ty, PrimType) and call.ty.value is not None:
        value = call.ty.value
        return PrimValue(prim.IntImm(value, call.ty.dtype) if isinstance(value, int) else value, call.span)
    return call


def _call_tir(call: Call, values: Mapping[Var, Expr]) -> Call:
    """Arguments as a tuple in place; they may come as a variable that holds one.

    A third argument, values for symbolic variables, is there until TVM 0.25.
    """
    name = getattr(call.op, "name", "")
    if len(call.args) < 2:
        raise fail(
            codes.ARITY, f"{name} takes a callee and a tuple of arguments, got {len(call.args)} arguments", call.span
        )
    callee = type_of(call.args[0])
    if callee is not None and not isinstance(callee, FuncType):
        raise fail(codes.TYPE_MISMATCH, f"{name} calls a tensor program, got a value of type {callee}", call.span)
    given = call.args[1]
    if isinstance(given, Tuple):
        return call
    type_ = type_of(given)
    if not isinstance(type_, TupleType):
        raise fail(codes.TYPE_MISMATCH, f"{name} takes a tuple of arguments, got {type_}", call.span)
    found: Expr | None = given
    while isinstance(found, Var):
        found = values.get(found)
    if not isinstance(found, Tuple):
        found = Tuple(tuple(TupleGetItem(given, index) for index in range(len(type_.fields))))
    return Call(call.op, (call.args[0], found, *call.args[2:]), call.attrs, call.ty_args, call.span)


def _check_in_place(call: Call) -> None:
    """The rules of call_tir_inplace: an index for each output, each input once, types that fit."""
    outputs = call.ty_args
    if len(outputs) == 1 and isinstance(outputs[0], TupleType):
        outputs = outputs[0].fields
    indices = [int(index) for index in dict[str, Any](call.attrs or {}).get("inplace_indices", ())]
    arguments = call.args[1]
    assert isinstance(arguments, Tuple)
    if len(indices) != len(outputs):
        raise _refused(call, "needs an in-place index for each output")
    taken = [index for index in indices if index != -1]
    for place, index in enumerate(indices):
        if not -1 <= index < len(arguments.fields):
            raise _refused(call, f"has in-place index {index} at {place}, there are {len(arguments.fields)} arguments")
    if len(set(taken)) != len(taken):
        raise _refused(call, "has an in-place index that appears more than once")
    if not taken:
        raise _refused(call, "has no in-place index other than -1", "use call_tir")
    for output, index in zip(outputs, indices, strict=True):
        if index != -1:
            _check_pair(call, output, type_of(arguments.fields[index]))


def _check_pair(call: Call, output: Type, given: Type | None) -> None:
    if not isinstance(output, TensorType) or output.shape is None or not output.dtype:
        raise _refused(call, f"writes in place what must be a tensor of known shape and element type, got {output}")
    if not isinstance(given, TensorType) or not same_type(output, given):
        raise _refused(call, f"writes {output} in place of an input of type {given}")


def _refused(call: Call, what: str, hint: str = "") -> Exception:
    return fail(codes.BAD_PARAMETER, f"call_tir_inplace {what}", call.span, hint)
