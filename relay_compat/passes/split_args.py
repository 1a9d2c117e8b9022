"""SplitArgs: concatenations of many tensors happen in steps, each within the arguments a kernel may have (TVM 0.19)."""

from __future__ import annotations

from relay_compat.ir.expr import Call, Expr, Function, Tuple
from relay_compat.ir.types import TensorType, Type
from relay_compat.op.call import call
from relay_compat.passes.building import CallRewriter, Replace
from relay_compat.transform.function_pass import FunctionPass
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.prim import AnyDim
from tensor_core.types import TupleType


def SplitArgs(max_function_args: int) -> Pass:
    """The pass. ``max_function_args`` counts arguments and results, and the open dimensions and strides of both; 0 is
    no limit. R2R0703 for a limit that leaves no room for arguments. The module's attributes become the functions'.
    """

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        if max_function_args:
            function = CallRewriter({"concatenate": _splitter(max_function_args)}).rewrite(function)
        return function.with_attr(module.attrs) if module.attrs else function

    return FunctionPass(PassInfo(1, "SplitArgs", ("InferType",)), run)


def _splitter(most: int) -> Replace:
    def split(old: Call, new: Call) -> Expr:
        tensors = old.args[0]
        if not isinstance(tensors, Tuple):
            return new
        limit = most - _results(old.checked)
        if limit <= 0:
            raise fail(codes.BAD_OPTION, f"{most} arguments leave none for what a concatenation takes", old.span)
        sizes = [1 + _passed(field, False) for field in tensors.fields]
        if sum(sizes) < limit:
            return new
        assert old.attrs is not None
        return _in_steps(tensors, sizes, limit, int(old.attrs.axis))

    return split


def _in_steps(tensors: Tuple, sizes: list[int], limit: int, axis: int) -> Expr:
    step: list[Expr] = []
    taken = 0
    for tensor, size in zip(tensors.fields, sizes, strict=True):
        if taken + size > limit:
            step = [_concatenate(tensors, step, axis)]
            taken = size
        taken += size
        step.append(tensor)
    return _concatenate(tensors, step, axis)


def _concatenate(tensors: Tuple, fields: list[Expr], axis: int) -> Expr:
    return call("concatenate", call("annotation.stop_fusion", tensors.replace(fields=tuple(fields))), axis=axis)


def _results(type_: Type | None) -> int:
    if isinstance(type_, TupleType):
        return len(type_.fields) + sum(_dims(field, True) for field in type_.fields)
    return 1 + _dims(type_, True)


def _passed(expr: Expr, result: bool) -> int:
    return _dims(getattr(expr, "checked", None), result)


def _dims(type_: Type | None, result: bool) -> int:
    """The dimensions and strides that are passed along with a tensor of open shape; strides alone for a result."""
    if not isinstance(type_, TensorType):
        return 0
    unknown = sum(isinstance(dim, AnyDim) for dim in type_.shape)
    return 0 if not unknown else type_.rank if result else unknown + type_.rank
