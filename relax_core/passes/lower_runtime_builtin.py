"""LowerRuntimeBuiltin: operators become functions of the runtime (relax.transform of TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from relax_core.builtins.builtin import version
from relax_core.builtins.derivations import view_type
from relax_core.ir.expr import Call, DataTypeImm, Expr, ExternFunc, Function, IRModule, PrimValue, ShapeExpr, Tuple
from relax_core.ir.types import ObjectType, TensorType, Type
from relax_core.passes.call_lowering import CallLowering, lower_calls
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.passes.memory_plan import ALLOC
from relax_core.types.deduce import type_of
from relax_core.types.leaves import OBJECT, VOID
from relax_core.visit import op_name
from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.passes import Pass, PassContext, PassInfo


def LowerRuntimeBuiltin() -> Pass:
    """Make calls of ``vm.builtin`` functions and of the machine's own operators."""

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return lower_calls(function, _lowered, relax_release(module))

    return FunctionPass(PassInfo(0, "LowerRuntimeBuiltin"), apply)


def _lowered(lowering: CallLowering, call: Call) -> Expr | None:
    name = op_name(call)
    if name == ALLOC:
        raise fail(codes.BAD_OPTION, "tensors are still allocated without storage", call.span, "use LowerAllocTensor")
    change = _CHANGES.get(name)
    return change(lowering, call) if change else None


def _external(name: str, lowering: CallLowering, args: tuple[Expr, ...], type_: Type) -> Call:
    return lowering.call(ExternFunc(f"vm.builtin.{name}"), args, (type_,))


def _same(name: str) -> Callable[[CallLowering, Call], Expr]:
    def change(lowering: CallLowering, call: Call) -> Expr:
        type_ = type_of(call)
        assert type_ is not None
        return _external(name, lowering, call.args, type_)

    return change


def _call_tir_dyn(lowering: CallLowering, call: Call) -> Expr:
    return _external("call_tir_dyn", lowering, (call.args[0], *_fields(call.args[1])), VOID)


def _make_closure(lowering: CallLowering, call: Call) -> Expr:
    return _external("make_closure", lowering, (call.args[0], *_fields(call.args[1])), OBJECT)


def _invoke_closure(lowering: CallLowering, call: Call) -> Expr:
    given = Tuple((call.args[0], *_fields(call.args[1])))
    args = (ExternFunc("vm.builtin.invoke_closure"), given)
    return lowering.call("relax.call_builtin_with_ctx", args, (OBJECT,))


def _alloc_storage(lowering: CallLowering, call: Call) -> Expr:
    size, device, scope, _ = call.args
    return lowering.call("relax.vm.alloc_storage", (size, device, DataTypeImm("uint8"), scope))


def _alloc_tensor(lowering: CallLowering, call: Call) -> Expr:
    return lowering.call("relax.vm.alloc_tensor", call.args)


def _kill(lowering: CallLowering, call: Call) -> Expr:
    return lowering.call("relax.vm.kill_object", call.args)


def _fields(expr: Expr) -> tuple[Expr, ...]:
    return expr.fields if isinstance(expr, Tuple) else (expr,)


def _view(lowering: CallLowering, call: Call) -> Expr:
    """A call of the runtime's function, with everything given that the operator may leave out."""
    data, shape, dtype, offset = call.args
    source, result = type_of(data), type_of(call)
    kept = type_of(dtype)
    no_dtype = kept == VOID or (isinstance(kept, ObjectType) and kept.value == "null")
    if type_of(shape) == VOID and no_dtype and type_of(offset) == VOID:
        return data
    assert isinstance(source, TensorType)
    assert isinstance(result, TensorType)
    if type_of(shape) == VOID:
        if result.dims is None:
            raise fail(codes.BAD_PARAMETER, "the shape of the view is not known", call.span, "state it")
        shape = ShapeExpr(result.dims)
    if no_dtype:
        if not source.dtype:
            raise fail(codes.BAD_PARAMETER, "the element type of the view is not known", call.span, "state it")
        dtype = DataTypeImm(source.dtype)
    if type_of(offset) == VOID:
        offset = PrimValue(prim.IntImm(0))
    older = version(lowering.release) < (0, 26)
    function = ExternFunc("runtime.TVMArrayCreateView" if older else "runtime.TVMTensorCreateView")
    function.memo("ty", view_type(older))
    return lowering.call(function, (data, shape, dtype, offset))


_CHANGES: Mapping[str, Callable[[CallLowering, Call], Expr]] = {
    "relax.invoke_closure": _invoke_closure,
    "relax.make_closure": _make_closure,
    "relax.memory.alloc_storage": _alloc_storage,
    "relax.memory.alloc_tensor": _alloc_tensor,
    "relax.memory.kill_storage": _kill,
    "relax.memory.kill_tensor": _kill,
    "relax.memory.ensure_zero_offset": _same("ensure_zero_offset"),
    "relax.memory.view": _view,
    "relax.reshape": _same("reshape"),
    "relax.shape_of": _same("shape_of"),
    "relax.tensor_to_shape": _same("tensor_to_shape"),
    "relax.vm.call_tir_dyn": _call_tir_dyn,
}
