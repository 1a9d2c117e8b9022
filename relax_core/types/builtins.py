"""Type rules of the built-ins that no card describes: calls of foreign code, shapes as values, memory, effects.

``IMPURE`` lists the ones with effects (FPurity is false in TVM 0.27).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from relax_core.ir.expr import Call, DataTypeImm, ShapeExpr
from relax_core.ir.types import (
    FuncType,
    PrimType,
    ShapeType,
    TensorType,
    TupleType,
    Type,
)
from relax_core.types.leaves import OBJECT, VOID, type_of
from relax_core.types.relations import rank_of
from tensor_core import codes
from tensor_core.diagnostics import fail

IMPURE = frozenset(
    {
        "relax.assert_op", "relax.call_builtin_with_ctx", "relax.invoke_closure", "relax.memory.kill_storage",
        "relax.memory.kill_tensor", "relax.print", "relax.vm.call_tir_dyn", "relax.vm.kill_object",
    }
)  # fmt: skip


def stated_type(call: Call) -> Type | None:
    """The result type that a call itself states: of several types their tuple; None when it states none."""
    if not call.ty_args:
        return None
    return call.ty_args[0] if len(call.ty_args) == 1 else TupleType(call.ty_args)


def _stated(call: Call) -> Type:
    type_ = stated_type(call)
    if type_ is None:
        raise fail(
            codes.UNRESOLVED_TYPE,
            f"{_name(call)} does not state its result type",
            call.span,
            "give the type of its result",
        )
    return type_


def _called(call: Call) -> Type:
    type_ = stated_type(call)
    if type_ is not None:
        return type_
    callee = type_of(call.args[0]) if call.args else None
    return callee.ret if isinstance(callee, FuncType) else OBJECT


def _same_as_first(call: Call) -> Type:
    return _argument(call, 0)


def _moved(call: Call) -> Type:
    """``to_vdevice``: the tensor's type, on the device that the attribute says."""
    source = _argument(call, 0)
    if not isinstance(source, TensorType):
        raise fail(codes.TYPE_MISMATCH, f"{_name(call)} takes a tensor, got {source}", call.span)
    device = call.attrs.get("dst_vdevice") if call.attrs is not None else None
    return TensorType(source.shape, source.dtype, device or source.vdevice, source.ndim)


def _shape_of(call: Call) -> Type:
    source = _argument(call, 0)
    if not isinstance(source, TensorType):
        raise fail(codes.TYPE_MISMATCH, f"{_name(call)} takes a tensor, got {source}", call.span)
    return ShapeType(source.dims, source.ndim)


def _shape_to_tensor(call: Call) -> Type:
    source = _argument(call, 0)
    if not isinstance(source, ShapeType):
        raise fail(codes.TYPE_MISMATCH, f"{_name(call)} takes a shape, got {source}", call.span)
    rank = rank_of(source)
    return TensorType(None if rank < 0 else (rank,), "int64", ndim=1)


def _tensor_to_shape(call: Call) -> Type:
    source = _argument(call, 0)
    if not isinstance(source, TensorType) or source.ndim not in (-1, 1):
        raise fail(codes.TYPE_MISMATCH, f"{_name(call)} takes a tensor of one dimension, got {source}", call.span)
    length = source.dims[0] if source.dims is not None else -1
    return ShapeType(None, length if isinstance(length, int) else -1)


def _allocated(call: Call, shape: int, dtype: int) -> Type:
    stated, element = call.args[shape], call.args[dtype]
    name = element.value if isinstance(element, DataTypeImm) else ""
    if isinstance(stated, ShapeExpr):
        return TensorType(stated.values, name)
    return TensorType(None, name, ndim=rank_of(_argument(call, shape)))


def _constant(type_: Type, call: Call) -> Type:
    del call
    return type_


def _argument(call: Call, place: int) -> Type:
    if place >= len(call.args):
        raise fail(codes.ARITY, f"{_name(call)} takes at least {place + 1} arguments, got {len(call.args)}", call.span)
    found = type_of(call.args[place])
    if found is None:
        raise fail(codes.UNRESOLVED_TYPE, f"argument {place} of {_name(call)} has no type", call.span)
    return found


def _name(call: Call) -> str:
    return getattr(call.op, "name", "the callee")


RULES: dict[str, Callable[[Call], Type]] = {
    **dict.fromkeys(
        (
            "relax.call_tir", "relax.call_tir_inplace", "relax.call_tir_with_grad", "relax.call_dps_packed",
            "relax.dist.call_tir_local_view",
        ),
        _stated,
    ),
    **dict.fromkeys(
        (
            "relax.call_pure_packed", "relax.call_inplace_packed", "relax.call_builtin_with_ctx", "relax.call_py_func",
            "relax.invoke_closure", "relax.invoke_pure_closure", "relax.vm.call_tir_dyn", "relax.run_pyfunc",
        ),
        _called,
    ),
    **dict.fromkeys(
        (
            "relax.hint_on_device", "relax.builtin.stop_lift_params", "relax.grad.no_grad",
            "relax.grad.start_checkpoint", "relax.grad.end_checkpoint",
        ),
        _same_as_first,
    ),
    "relax.to_vdevice": _moved,
    **dict.fromkeys(
        (
            "relax.print", "relax.assert_op", "relax.memory.kill_storage", "relax.memory.kill_tensor",
            "relax.vm.kill_object",
        ),
        partial(_constant, VOID),
    ),
    **dict.fromkeys(
        ("relax.make_closure", "relax.null_value", "relax.memory.alloc_storage", "relax.vm.alloc_storage"),
        partial(_constant, OBJECT),
    ),
    **dict.fromkeys(
        (
            "relax.inspect.tensor_stride_i", "relax.inspect.tensor_byte_offset", "relax.inspect.tensor_elem_offset",
            "relax.inspect.tensor_shape_i",
        ),
        partial(_constant, PrimType("int64")),
    ),
    "relax.size": partial(_constant, TensorType((), "int64")),
    "relax.shape_of": _shape_of,
    "relax.shape_to_tensor": _shape_to_tensor,
    "relax.tensor_to_shape": _tensor_to_shape,
    "relax.builtin.alloc_tensor": partial(_allocated, shape=0, dtype=1),
    "relax.memory.alloc_tensor": partial(_allocated, shape=2, dtype=3),
    "relax.vm.alloc_tensor": partial(_allocated, shape=2, dtype=3),
}  # fmt: skip
"""The rules by full op name."""
