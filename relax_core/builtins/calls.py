"""Calls of tensor programs, of foreign functions and of closures (src/relax/op/op.cc in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relax_core.builtins.builtin import (
    Argument,
    Attributes,
    Builtin,
    Form,
    Kind,
    anything,
    argument,
    must_state,
    nothing,
    refused,
    stated_type,
)
from relax_core.builtins.signatures import check_signature
from relax_core.ir.expr import Call, GlobalVar, StringImm, Tuple, Var
from relax_core.ir.types import FuncType, TensorType, TupleType, Type
from relax_core.types.leaves import OBJECT, VOID, type_of
from relax_core.types.relations import is_base_of
from tensor_core import codes
from tensor_core.ops.card import Field
from tensor_core.ops.card import Kind as Value


def _of_kernel(call: Call, release: str) -> Type:
    if not call.args or not isinstance(call.args[0], GlobalVar):
        raise refused(call, "calls a tensor program of the module")
    return must_state(call, release)


def check_shapes(call: Call) -> None:
    """R2R0202 when a call states a tensor of unknown shape as its result, which scripts and creators may not."""
    for stated in call.ty_args:
        for field in stated.fields if isinstance(stated, TupleType) else (stated,):
            if isinstance(field, TensorType) and field.dims is None:
                raise refused(call, f"states a tensor of unknown shape: {field}", "give its dimensions")


def _in_place(call: Call) -> tuple[int, ...]:
    indices: Any = dict[str, Any](call.attrs or {}).get("inplace_indices", ())
    listed = cast("Sequence[int]", indices) if isinstance(indices, (tuple, list)) else (indices,)
    return tuple(int(index) for index in listed)


def _validate_kernel(call: Call) -> None:
    indices = _in_place(call) if getattr(call.op, "name", "") == "relax.call_tir_inplace" else ()
    check_signature(call, indices)


def _validate_python(call: Call) -> None:
    if not isinstance(call.args[0], StringImm):
        raise refused(call, "names a Python function by a string")
    if not isinstance(argument(call, 1), TupleType) or not isinstance(call.args[1], Tuple | Var):
        raise refused(call, "takes its arguments as a tuple")


def _opaque_result(call: Call) -> Type:
    """What a call of a foreign function gives: what it states, or what its type says."""
    callee = argument(call, 0)
    if not isinstance(callee, FuncType):
        raise refused(call, f"calls a function, got {callee}")
    if callee.params is not None:
        raise refused(call, "calls a foreign function, not one whose parameters are known")
    stated = stated_type(call)
    if stated is not None:
        return stated
    return callee.derive(call, None) if callee.derive is not None else callee.ret


def _pure_packed(call: Call, release: str) -> Type:
    del release
    return _opaque_result(call)


def _in_place_packed(call: Call, release: str) -> Type:
    del release
    if len(call.args) < 2:
        raise refused(call, "takes a function and at least one argument", "use call_pure_packed", codes.ARITY)
    result, indices = _opaque_result(call), _in_place(call)
    taken = [index for index in indices if index != -1]
    for index in indices:
        if not -1 <= index < len(call.args) - 1:
            raise refused(call, f"has in-place index {index} of {len(call.args) - 1} arguments", "", _BAD)
    if len(set(taken)) != len(taken):
        raise refused(call, "has an in-place index that appears more than once", "", _BAD)
    if not taken:
        raise refused(call, "has no in-place index other than -1", "use call_pure_packed", _BAD)
    _check_results(call, result, indices)
    return result


_BAD = codes.BAD_PARAMETER


def _check_results(call: Call, result: Type, indices: tuple[int, ...]) -> None:
    results: tuple[Type, ...] = (result,)
    if len(indices) != 1:
        if not isinstance(result, TupleType) or len(result.fields) < len(indices):
            raise refused(call, f"has {len(indices)} in-place indices for a result of type {result}")
        results = result.fields
    for output, index in zip(results, indices, strict=False):
        given = argument(call, index + 1) if index != -1 else None
        if given is not None and not is_base_of(output, given):
            raise refused(call, f"writes {output} in place of an argument of type {given}")


def _with_context(call: Call, release: str) -> Type:
    del release
    if len(call.ty_args) > 1:
        raise refused(call, "states at most one result type", code=codes.BAD_PARAMETER)
    return stated_type(call) or VOID


def _of_closure(call: Call, release: str) -> Type:
    del release
    argument(call, 0)
    return stated_type(call) or OBJECT


def _derived(call: Call, release: str) -> Type:
    del release
    callee = type_of(call.args[0]) if call.args else None
    return stated_type(call) or (callee.ret if isinstance(callee, FuncType) else OBJECT)


_FUNCTION = Argument("func", Kind.FUNCTION)
_ARGUMENTS = Argument("args", Kind.ARGUMENTS)
_KERNEL = (_FUNCTION, _ARGUMENTS, Argument("packed_ints", Kind.SHAPE, default=(), until="0.26"))
_INDICES = Field("inplace_indices", Value.INTS)

CALLS = (
    Builtin(
        name="relax.call_tir",
        note="calls a tensor program of the module, which writes new tensors",
        arguments=_KERNEL,
        infer=_of_kernel,
        validate=_validate_kernel,
        form=Form.RESULT,
    ),
    Builtin(
        name="relax.call_tir_inplace",
        note="calls a tensor program that writes some results over its arguments",
        arguments=_KERNEL,
        attributes=(Attributes("relax.attrs.CallTIRInplaceAttrs", (_INDICES,)),),
        infer=_of_kernel,
        validate=_validate_kernel,
        form=Form.RESULT,
    ),
    Builtin(
        name="relax.call_tir_with_grad",
        note="calls a tensor program whose gradient is made by a named function",
        arguments=_KERNEL,
        attributes=(
            Attributes(
                "relax.attrs.CallTIRWithGradAttrs",
                (Field("te_grad_name", Value.STR), Field("te_grad_kwargs", Value.OBJECT, None, optional=True)),
            ),
        ),
        infer=_of_kernel,
        validate=_validate_kernel,
        form=Form.RESULT,
    ),
    Builtin(
        name="relax.call_dps_packed",
        note="calls a foreign function that writes into new tensors",
        arguments=(_FUNCTION, _ARGUMENTS),
        infer=must_state,
        form=Form.RESULT,
    ),
    Builtin(
        name="relax.call_py_func",
        note="calls a Python function of the module's class",
        arguments=(Argument("func_name", Kind.TEXT), _ARGUMENTS),
        infer=must_state,
        validate=_validate_python,
        form=Form.RESULT,
        since="0.22",
        refused="it calls a function of a Python class, which a module does not hold",
    ),
    Builtin(
        name="relax.dist.call_tir_local_view",
        note="calls a tensor program on each device's part of distributed tensors",
        arguments=_KERNEL,
        infer=_of_kernel,
        form=Form.RESULT,
        refused="it runs on a mesh of devices",
    ),
    Builtin(
        name="relax.call_pure_packed",
        note="calls a foreign function that has no effects",
        arguments=(_FUNCTION,),
        variadic=True,
        infer=_pure_packed,
        form=Form.PACKED,
    ),
    Builtin(
        name="relax.call_inplace_packed",
        note="calls a foreign function that writes some results over its arguments",
        arguments=(_FUNCTION,),
        variadic=True,
        attributes=(Attributes("relax.attrs.CallInplacePackedAttrs", (_INDICES,)),),
        infer=_in_place_packed,
        form=Form.PACKED,
    ),
    Builtin(
        name="relax.call_builtin_with_ctx",
        note="calls a function of the virtual machine, which is given the machine",
        arguments=(_FUNCTION, _ARGUMENTS),
        infer=_with_context,
        pure=False,
        form=Form.PACKED,
    ),
    Builtin(
        name="relax.run_pyfunc",
        note="calls a Python function",
        arguments=(_FUNCTION,),
        variadic=True,
        infer=_derived,
        form=Form.PACKED,
        refused="it calls Python, which a module does not hold",
    ),
    Builtin(
        name="relax.make_closure",
        note="a function with its first arguments given",
        arguments=(_FUNCTION, _ARGUMENTS),
        infer=anything,
    ),
    Builtin(
        name="relax.invoke_closure",
        note="calls a closure",
        arguments=(Argument("closure", Kind.FUNCTION), _ARGUMENTS),
        infer=_of_closure,
        pure=False,
        form=Form.CLOSURE,
    ),
    Builtin(
        name="relax.invoke_pure_closure",
        note="calls a closure that has no effects",
        arguments=(Argument("closure", Kind.FUNCTION), _ARGUMENTS),
        infer=_of_closure,
        form=Form.CLOSURE,
    ),
    Builtin(
        name="relax.vm.call_tir_dyn",
        note="runs a tensor program on tensors that it writes into, sizes given at run time",
        arguments=(_FUNCTION, _ARGUMENTS),
        infer=nothing,
        pure=False,
    ),
)
