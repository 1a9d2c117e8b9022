"""Relax modules said with more of Relax than a conversion needs: open types, symbols that casts define, kernels.

Each form computes what the module does, so that passes over these constructs can be tried on converted programs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migrate.verify.properties.memory import kernel_call
from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    If,
    MatchCast,
    Op,
    SeqExpr,
    ShapeExpr,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType
from relax_core.normalizer import joined
from relax_core.op import creator
from relax_core.passes.annotate_tir_op_pattern import AnnotateTIROpPattern
from relax_core.passes.call_lowering import lower_calls
from relax_core.passes.function_pass import relax_release
from relax_core.passes.to_non_dataflow import to_non_dataflow
from relax_core.types.deduce import deduce, is_pure_call, type_of
from relax_core.visit import Mutator
from tensor_core import prim, shapes
from tensor_core.module import IRModule
from tensor_core.te.tensor import compute
from tensor_core.trampoline import Steps


def opened(module: IRModule) -> IRModule:
    """``main`` takes tensors of which it knows the rank; casts give each of their sizes two names, which are used.

    A parameter ``x`` becomes ``match_cast(x - zeros(its sizes) - zeros(its sizes by other names), its type)``.
    """
    return _main_changed(module, lambda function, release: _opened(function, release))


def symbols_of(module: IRModule) -> dict[str, int]:
    """The sizes that the names of an opened module stand for, as the module itself states them."""
    function: Any = module["main"]
    found: dict[str, int] = {}
    for number, param in enumerate(function.params):
        if _is_open_to(param.ty):
            for axis, dim in enumerate(param.ty.dims):
                found[f"m{number}_{axis}"] = found[f"k{number}_{axis}"] = int(dim)
    return found


def _is_open_to(type_: Any) -> bool:
    return (
        isinstance(type_, TensorType)
        and bool(type_.dims)
        and shapes.is_static(type_.dims or ())
        and type_.dtype not in ("bool", None)
    )


def _opened(function: Function, release: str) -> Function:
    params: list[Var] = []
    inner: list[Binding] = []
    casts: list[Binding] = []
    for number, param in enumerate(function.params):
        type_ = param.ty
        if not isinstance(type_, TensorType) or not _is_open_to(type_):
            params.append(param)
            continue
        open_type = TensorType(None, type_.dtype, ndim=type_.ndim)
        taken = Var(param.name, open_type)
        params.append(taken)
        value: Expr = taken
        for letter in "mk":
            dims = tuple(prim.Var(f"{letter}{number}_{axis}", "int64") for axis in range(type_.ndim))
            sized = TensorType(ShapeExpr(dims), type_.dtype)
            cast = DataflowVar(f"{param.name}_{letter}", sized)
            inner.append(MatchCast(cast, taken, sized))
            zeros = _bound(
                inner, creator("zeros", release)(ShapeExpr(dims), type_.dtype), f"{cast.name}_zeros", release
            )
            zeros = _bound(inner, creator("negative", release)(zeros), f"{cast.name}_zeros2", release)
            # The second cast is used by its names alone.
            first = cast if letter == "m" else value
            value = _bound(inner, creator("subtract", release)(first, zeros), f"{cast.name}_same", release)
        shown = Var(f"{param.name}_shown", value.ty)
        inner.append(VarBinding(shown, value))
        casts.append(MatchCast(Var(param.name, type_), shown, type_))
    if not inner:
        return function
    renamed = dict(
        zip([param for param in function.params if _is_open_to(param.ty)], [c.var for c in casts], strict=True)
    )
    body = _Renamed(renamed).run(function).body
    blocks, result = (body.blocks, body.body) if isinstance(body, SeqExpr) else ((), body)
    whole = SeqExpr(joined((DataflowBlock(tuple(inner)), BindingBlock(tuple(casts)), *blocks)), result)
    whole.memo("ty", type_of(result))
    made = Function(tuple(params), whole, function.ret_ty, function.is_pure, function.attrs)
    type_of(made)
    return made


class _Renamed(Mutator):
    def __init__(self, replaced: dict[Any, Any]) -> None:
        super().__init__()
        self.replaced.update(replaced)


def _bound(bindings: list[Binding], value: Any, name: str, release: str) -> Any:
    if value.ty is None:
        for arg in value.args:
            type_of(arg)
        value.memo("ty", deduce(value, release))
    var = DataflowVar(name, type_of(value))
    bindings.append(VarBinding(var, value))
    return var


def cast_in_arms(module: IRModule) -> IRModule:
    """Every arm of a branch ends in a cast of its result to an open type; behind the branch it is cast back."""
    return _main_changed(module, lambda function, _: _Casting().run(function))


class _Casting(Mutator):
    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A branch with casts."""
        (new,) = yield super().rewrite(binding)
        value, type_ = getattr(new, "value", None), binding.var.ty
        if not isinstance(value, If) or not isinstance(type_, TensorType) or type_.dims is None or self.in_dataflow:
            return (new,)
        open_type = TensorType(None, type_.dtype, ndim=type_.ndim)
        arms = [_with_cast(arm, open_type) for arm in (value.true_branch, value.false_branch)]
        branch = value.replace(true_branch=arms[0], false_branch=arms[1])
        branch.memo("ty", open_type)
        between = Var(f"{binding.var.name}_open", open_type)
        return VarBinding(between, branch), MatchCast(binding.var, between, type_)


def _with_cast(arm: Any, type_: TensorType) -> Expr:
    var = Var("cast", type_)
    blocks, result = (arm.blocks, arm.body) if isinstance(arm, SeqExpr) else ((), arm)
    made = SeqExpr(joined((*blocks, BindingBlock((MatchCast(var, result, type_),)))), var)
    made.memo("ty", type_)
    return made


def with_kernels(module: IRModule) -> IRModule:
    """Every call of an operator that has a tensor program as a ``call_tir`` of it, with the pattern for fusion."""
    result: Any = module.copy()
    release = relax_release(result)
    for var, function in module.functions.items():
        if isinstance(function, Function):
            builder = BlockBuilder(result, release)
            new = lower_calls(function, lambda lowering, call, made=builder: _as_kernel(lowering, call, made), release)
            result = builder.get()
            result[var] = new
    return AnnotateTIROpPattern()(result)


def _as_kernel(lowering: Any, call: Any, builder: BlockBuilder) -> Expr | None:
    made = _zeros(call, builder) or kernel_call(call, builder)
    if made is not None:
        made.memo("ty", deduce(made, lowering.release))
    return made


def _zeros(call: Any, builder: BlockBuilder) -> Any:
    """The kernel of ``zeros`` of open sizes, which has no operand that would tell them."""
    if not isinstance(call.op, Op) or call.op.name != "relax.zeros" or not isinstance(call.args[0], ShapeExpr):
        return None
    dtype = call.ty.dtype

    def zeros(shape: Any) -> Any:
        return compute(tuple(shape), lambda *_: prim.const(0, dtype), name="zeros")

    return builder.call_te(zeros, call.args[0])


def local_functions(module: IRModule) -> IRModule:
    """Every third right-hand side of ``main`` in a local function that captures what it uses, called at once."""
    return _main_changed(module, lambda function, _: _Local().run(to_non_dataflow(function)))


class _Local(Mutator):
    def __init__(self) -> None:
        super().__init__()
        self._seen = 0

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """The function and its call in the place of an operator's call."""
        (new,) = yield super().rewrite(binding)
        value = getattr(new, "value", None)
        if not isinstance(new, VarBinding) or not isinstance(value, Call) or not isinstance(value.op, Op):
            return (new,)
        self._seen += 1
        if self._seen % 3 != 1 or not is_pure_call(value) or not isinstance(value.ty, TensorType):
            return (new,)
        result = Var(f"{binding.var.name}_inside", value.ty)
        body = SeqExpr((BindingBlock((VarBinding(result, value),)),), result)
        body.memo("ty", value.ty)
        local = Function((), body, value.ty)
        name = Var(f"{binding.var.name}_function", type_of(local))
        call = Call(name, ())
        call.memo("ty", value.ty)
        return VarBinding(name, local), new.replace(value=call)


def _main_changed(module: IRModule, change: Callable[[Function, str], Function]) -> IRModule:
    result: Any = module.copy()
    function = module["main"]
    assert isinstance(function, Function)
    var = module.get_global_var("main")
    result.functions[var] = change(function, relax_release(result))
    var.memo("checked", type_of(result.functions[var]))
    return result
