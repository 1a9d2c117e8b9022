"""Gradient: a function that also answers the gradients of its result (relax.transform.Gradient in TVM 0.19 to 0.27).

Reverse mode over the one dataflow block of a function. ``f`` gives ``f_adjoint``, which answers the result of ``f`` and
a tuple of the adjoints; the bindings, their order and names are TVM's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import DataflowBlock, Expr, Function, IRModule, SeqExpr, Tuple, Var, VarBinding
from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.passes.function_pass import relax_release
from relax_core.passes.gradient_adjoint import Backward
from relax_core.passes.gradient_checkpoints import Checkpoints, Recomputed
from relax_core.passes.gradient_simplify import as_plain_kernels, simplify_gradient
from relax_core.passes.remove_unused import remove_unused
from relax_core.symbol_mutator import copied
from relax_core.types.deduce import type_of
from relax_core.types.leaves import function_type
from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.passes import ModulePass, Pass, PassInfo


def Gradient(func_name: str, require_grads: Var | Sequence[Var] | None = None, target_index: int = 0) -> Pass:
    """Add ``<func_name>_adjoint`` to the module.

    ``require_grads``: the parameters or variables whose adjoints are answered, by default all parameters.
    ``target_index``: which field of a result of several is differentiated; it must be a float tensor of rank 0.
    """
    wanted = None if require_grads is None else _sequence(require_grads)
    return ModulePass(PassInfo(0, "Gradient"), lambda module, _: gradient(module, func_name, wanted, target_index))


def gradient(
    module: IRModule, func_name: str, require_grads: Sequence[Var] | None = None, target_index: int = 0
) -> IRModule:
    """The module, in normal form, with the adjoint of a function.

    R2R0603 for an unknown function; R2R0703 for variables or a target that cannot be; R2R0608 for what has no gradient.
    """
    function = module[func_name]
    if not isinstance(function, Function):
        raise fail(codes.BAD_OPTION, f"{func_name} is no Relax function", hint="name a Relax function")
    copy, variables = copied(function)
    found = Checkpoints()
    copy = found.run(copy)
    wanted = list(copy.params)
    if require_grads is not None:
        wanted = _mapped(require_grads, cast("dict[Var, Expr]", variables), func_name)
    release = relax_release(module)
    builder = BlockBuilder(module, release)
    made = _with_adjoints(copy, wanted, target_index, found, builder)
    made = simplify_gradient(remove_unused(as_plain_kernels(made)), release)
    name = f"{func_name}_adjoint"
    made = made.replace(attrs={**(made.attrs or {}), "global_symbol": name})
    type_of(made)
    builder.add_func(made, name)
    return builder.get()


def _sequence(value: Var | Sequence[Var]) -> list[Var]:
    return [value] if isinstance(value, Var) else list(value)


def _with_adjoints(
    function: Function, wanted: Sequence[Var], target_index: int, found: Checkpoints, builder: BlockBuilder
) -> Function:
    body = function.body
    blocks = body.blocks if isinstance(body, SeqExpr) else ()
    if len(blocks) != 1 or not isinstance(blocks[0], DataflowBlock) or not isinstance(body, SeqExpr):
        raise fail(
            codes.NO_GRADIENT,
            "a function to be differentiated consists of one dataflow block",
            function.span,
            "put its body into one `with R.dataflow()`",
        )
    target = _target(body.body, target_index)
    builder.begin_scope(function.params)
    builder.begin_dataflow_block()
    for binding in blocks[0].bindings:
        if not isinstance(binding, VarBinding):
            raise fail(codes.NO_GRADIENT, "match_cast has no gradient", binding.span, "cast before")
        builder.emit_normalized(binding)
    backward = Backward(builder, Recomputed(builder, function.params, blocks[0], found.checkpoints))
    backward.run(target, blocks[0])
    adjoints = [backward.output(found.originals.get(var, var)) for var in wanted]
    block = builder.end_block()
    builder.end_scope()
    result = Tuple((body.body, Tuple(tuple(adjoints))))
    made = SeqExpr((block,), result)
    made.memo("ty", type_of(result))
    whole = Function(function.params, made, made.ty, function.is_pure, function.attrs)
    function_type(whole)
    return whole


def _target(result: Expr, index: int) -> Var:
    """The variable to be differentiated."""
    fields = result.fields if isinstance(result, Tuple) else (result,)
    if not 0 <= index < len(fields):
        raise fail(codes.BAD_OPTION, f"target_index is {index}, the function answers {len(fields)} values")
    target = fields[index]
    if not isinstance(target, Var):
        raise fail(codes.BAD_OPTION, "the target must be a variable", getattr(target, "span", None))
    type_ = target.ty
    if not isinstance(type_, TensorType) or type_.dims != () or not dtypes.is_float(type_.dtype or "int32"):
        message = f"the target must be a float tensor of rank 0, {target.name} is {type_}"
        raise fail(codes.BAD_OPTION, message, target.span, "sum it up first")
    return target


def _mapped(given: Sequence[Var], variables: dict[Var, Expr], name: str) -> list[Var]:
    """The variables of the copy that stand for the given ones."""
    mapped: list[Var] = []
    for var in given:
        new: Any = variables.get(var)
        if not isinstance(new, Var):
            raise fail(codes.BAD_OPTION, f"there is no variable {var.name} in function {name}", var.span)
        if new in mapped:
            raise fail(codes.BAD_OPTION, f"variable {var.name} appears more than once", var.span)
        if not _is_float(var.ty):
            message = f"only float tensors, or tuples of them, have adjoints; {var.name} is {var.ty}"
            raise fail(codes.BAD_OPTION, message, var.span)
        mapped.append(new)
    return mapped


def _is_float(type_: Type | None) -> bool:
    if isinstance(type_, TupleType):
        return all(map(_is_float, type_.fields))
    return isinstance(type_, TensorType) and bool(type_.dtype) and dtypes.is_float(type_.dtype)
