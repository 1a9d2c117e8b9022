"""Programs with their memory written out compute what they did: each tensor in its own storage, and in shared one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migrate.verify.properties.equivalence import keeps_meaning, to_relax
from migrate.verify.properties.property import Property
from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Call, DataTypeImm, Expr, Function, Op, PrimValue, ShapeExpr, StringImm, Tuple
from relax_core.ir.types import TensorType, TupleType
from relax_core.ops import call_params
from relax_core.passes.call_lowering import CallLowering, lower_calls
from relax_core.passes.function_pass import relax_release
from relax_core.passes.static_plan_block_memory import static_plan_block_memory
from relax_core.passes.to_non_dataflow import to_non_dataflow
from relax_core.types.deduce import type_of
from relax_core.types.partial import is_shaped
from tensor_core import prim
from tensor_core.module import IRModule

_ALIASES = frozenset({"reshape"})
"""Cards whose result may be the memory of their operand: they stay as they are."""


def planned_memory(plan: Callable[[Any], IRModule] = static_plan_block_memory) -> Property:
    """The converted module with explicit allocations, which ``plan`` lets share storage, computes what the program
    does.
    """
    return keeps_meaning("memory plan", lambda module: plan(with_memory(to_relax(module))))


def with_memory(module: IRModule) -> IRModule:
    """Every call of an operator with a tensor program as a call of that program on tensors allocated before."""
    result: Any = module.copy()
    release = relax_release(result)
    for var, function in module.functions.items():
        if isinstance(function, Function):
            builder = BlockBuilder(result, release)
            plain = to_non_dataflow(function)
            new = lower_calls(plain, lambda lowering, call, made=builder: _allocated(lowering, call, made), release)
            result = builder.get()
            attrs = {**(new.attrs or {}), "relax.force_pure": True}
            result[var] = _typed(new.replace(attrs=attrs), new)
    return result


def kernel_call(call: Call, builder: BlockBuilder) -> Call | None:
    """The ``call_tir`` of an operator's tensor program in the place of a call; None where the call stays."""
    found = call_params(call) if isinstance(call.op, Op) and call.op.card else None
    if found is None:
        return None
    card, params, args = found
    result = call.ty
    outputs = result.fields if isinstance(result, TupleType) else (result,)
    types = [type_of(arg) for arg in args]
    if (
        card.name in _ALIASES
        or card.lower is None
        or not card.is_pure
        or not all(isinstance(item, TensorType) and is_shaped([item]) for item in outputs)
        or not all(item is not None and is_shaped([item]) for item in types)
    ):
        return None
    fields = {name: getattr(params, name) for name in getattr(params, "__dataclass_fields__", {})}
    return builder.call_te(card, *args, **fields)


def _allocated(lowering: CallLowering, call: Call, builder: BlockBuilder) -> Expr | None:
    """The tensor, or tuple of tensors, that a kernel wrote; None where the call stays."""
    kernel = kernel_call(call, builder)
    if kernel is None:
        return None
    result = call.ty
    outputs = result.fields if isinstance(result, TupleType) else (result,)
    callee, given = kernel.args[:2]
    assert isinstance(given, Tuple)
    allocated = [_allocation(lowering, item) for item in outputs if isinstance(item, TensorType)]
    lowering.bind(lowering.call(callee, (*given.fields, *allocated)), "_")
    if not isinstance(result, TupleType):
        return allocated[0]
    return _typed(Tuple(tuple(allocated)), call)


def _allocation(lowering: CallLowering, type_: TensorType) -> Expr:
    shape: Any = ShapeExpr(type_.dims or ())
    args = (shape, DataTypeImm(type_.dtype or ""), PrimValue(prim.const(0, "int64")), StringImm("global"))
    return lowering.bind(lowering.call("relax.builtin.alloc_tensor", args), "alloc")


def _typed(new: Any, like: Any) -> Any:
    new.memo("ty", like.ty)
    return new
