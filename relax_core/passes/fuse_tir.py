"""FuseTIR: functions made by FuseOps become tensor programs (relax.transform.FuseTIR in TVM 0.19 to 0.27).

The programs that such a function calls become one, in which what goes from one to the next is an array of its own. A
function that is held as a value stays; TVM leaves that value without a function.
"""

from __future__ import annotations

from relax_core.emit_te import scalars_last
from relax_core.fusion.fused_program import Argument, Fused, fused_program
from relax_core.ir.expr import Call, Expr, Function, GlobalVar, IRModule, PrimValue, ShapeExpr, Tuple, op
from relax_core.ir.types import PrimType, ShapeType
from relax_core.passes.call_lowering import CallLowering, lower_calls
from relax_core.passes.dead_code_elimination import DeadCodeElimination
from relax_core.passes.expand_tuple_arguments import ExpandTupleArguments
from relax_core.passes.function_pass import relax_release
from relax_core.passes.remove_unused_parameters import RemoveUnusedParameters
from relax_core.reachable import held_as_values
from relax_core.types.deduce import deduce
from relax_core.types.leaves import type_of
from tensor_core import codes, shapes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.passes import ModulePass, Pass, PassInfo, Sequential
from tensor_core.shapes import Dim


def FuseTIR() -> Pass:
    """Fuse the programs that each function with the attribute ``Primitive`` calls; call the result instead."""
    inner = ModulePass(PassInfo(0, "FuseTIRInner"), lambda module, _: fuse_tir(module))
    return Sequential([ExpandTupleArguments(), RemoveUnusedParameters(), inner, DeadCodeElimination()], name="FuseTIR")


def fuse_tir(module: IRModule) -> IRModule:
    """The module with one program for each primitive function. The same object when there is none.

    Errors as :func:`relax_core.fusion.fused_program.fused_program`.
    """
    held = held_as_values(module)
    fused: dict[Expr, tuple[GlobalVar, Fused]] = {}
    for var, function in module.functions.items():
        if isinstance(function, Function) and (function.attrs or {}).get("Primitive") and var not in held:
            made = fused_program(module, function)
            if made is not None:
                callee = GlobalVar(var.name, var.span)
                callee.memo("checked", type_of(made.program))
                fused[var] = callee, made
    if not fused:
        return module
    release = relax_release(module)

    def change(_: CallLowering, call: Call) -> Expr | None:
        return _called(call, *fused[call.op], release) if call.op in fused else None

    result = module.copy()
    for var, function in module.functions.items():
        if var in fused:
            del result[var]
            callee, made = fused[var]
            result[callee] = made.program
        elif isinstance(function, Function):
            result[var] = lower_calls(function, change, release)
    return result


def _called(call: Call, callee: GlobalVar, made: Fused, release: str) -> Call:
    """The call of the program in the place of that of the function."""
    args: list[Expr] = []
    scalars: list[Dim] = []
    for argument in made.args:
        if not argument.is_scalar:
            args.append(call.args[argument.place])
        elif scalars_last(release):
            scalars.append(_dim(call, argument))
        else:
            given = call.args[argument.place]
            args.append(given if argument.dim is None else PrimValue(shapes.as_expr(_dim(call, argument))))
    given = Tuple(tuple(args))
    type_of(given)
    operands = (callee, given, *([ShapeExpr(tuple(scalars))] if scalars else []))
    name, attrs = "relax.call_tir", call.attrs
    if made.in_place:
        name = "relax.call_tir_inplace"
        attrs = Attrs("relax.attrs.CallTIRInplaceAttrs", {"inplace_indices": made.in_place})
    found = type_of(call)
    new = Call(op(name), operands, attrs, () if found is None else (found,))
    new.memo("ty", deduce(new, release))
    return new


def _dim(call: Call, argument: Argument) -> Dim:
    type_ = type_of(call.args[argument.place])
    dim: Dim | None = None
    if isinstance(type_, ShapeType) and type_.values is not None and argument.dim is not None:
        dim = type_.values[argument.dim]
    elif isinstance(type_, PrimType):
        dim = type_.value
    if dim is None:
        message = f"argument {argument.place} of a fused function is of type {type_}, which does not tell its value"
        raise fail(codes.UNRESOLVED_TYPE, message, call.span)
    return dim
