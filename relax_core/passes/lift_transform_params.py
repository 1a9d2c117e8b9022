"""LiftTransformParams: what depends on weights only is computed by a function of its own (TVM 0.19 to 0.27).

A function whose attribute ``num_input`` says how many of its parameters are inputs keeps these; the others are weights.
``f`` gives ``f_transform_params``, which takes the weights as a tuple and answers what ``f`` from now on takes instead.
With a shared transform all functions take what one ``transform_params`` answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowBlock,
    Expr,
    Function,
    IRModule,
    Op,
    SeqExpr,
    ShapeExpr,
    Tuple,
    Var,
    VarBinding,
)
from relax_core.ir.types import ShapeType, Type
from relax_core.passes.bundle_model_params import bundle_model_params, num_input
from relax_core.passes.canonicalize_bindings import canonicalize_bindings
from relax_core.passes.compose_functions import compose_functions
from relax_core.passes.consume_params import consume_params
from relax_core.passes.function_pass import relax_release
from relax_core.passes.lambda_lift import lambda_lift
from relax_core.passes.lift_plan import Shared, SharedPlan, collect, shared_plan
from relax_core.passes.liftable import STOP, Found, defined
from relax_core.passes.remove_unused import remove_unused
from relax_core.symbol_mutator import with_new_variables
from relax_core.types.deduce import type_of
from relax_core.visit import Mutator
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo
from tensor_core.prim import Var as SymbolicVar
from tensor_core.trampoline import Steps

CONSUME = "relax.lift_transform_params.consume_params"
"""The configuration that makes the weights' function release each weight once it was used."""
_SUFFIX = "transform_params"


def LiftTransformParams(shared_transform: bool | Sequence[str] = False) -> Pass:
    """Lift what depends on weights only.

    ``shared_transform``: True for one function of the weights of all functions, or the names of those that share one.
    """

    def apply(module: IRModule, context: PassContext) -> IRModule:
        return lift_transform_params(module, shared_transform, bool(context.config.get(CONSUME, False)))

    return ModulePass(PassInfo(1, "LiftTransformParams"), apply)


def lift_transform_params(
    module: IRModule, shared_transform: bool | Sequence[str] = False, consume: bool = False
) -> IRModule:
    """The module, in normal form, with functions that transform weights.

    R2R0603 for an unknown function, R2R0703 for one without ``num_input``, or weights that cannot be shared.
    """
    release = relax_release(module)
    names = None if isinstance(shared_transform, bool) else list(shared_transform)
    targets = _targets(module, names)
    if not targets:
        return module
    result = module.copy()
    made: dict[str, Function] = {}
    shared: SharedPlan | None = None
    if names is not None or shared_transform is True:
        shared = shared_plan([function for _, function in targets])
    plans = [(name, function, collect(function, shared)) for name, function in targets]
    for name, function, found in plans:
        result[name] = _for_run_time(function, found, shared, release)
        if shared is None:
            made[f"{name}_{_SUFFIX}"] = _of_weights(found, [*found.symbols(_input_symbols(function))], release)
    if shared is not None:
        made[_SUFFIX] = _of_weights(shared.found, shared.found.symbols(set()), release)
    for name, function in made.items():
        if name in result:
            former = result[name]
            assert isinstance(former, Function)
            function = compose_functions(former, function, release)
        result[name] = function
    result = lambda_lift(result)
    return _finished(result, consume, release)


def _finished(module: IRModule, consume: bool, release: str) -> IRModule:
    """Functions of weights are public, and release the weights if they should."""
    result = module.copy()
    for var, function in module.functions.items():
        if isinstance(function, Function) and var.name.endswith(_SUFFIX):
            new = function.replace(attrs={**(function.attrs or {}), "global_symbol": var.name})
            new = consume_params(new, release) if consume else new
            result.functions[var] = new
            var.memo("checked", type_of(new))
    return result


def _targets(module: IRModule, names: Sequence[str] | None) -> list[tuple[str, Function]]:
    if names:
        return [(name, _named(module, name)) for name in names]
    found = [
        (var.name, function)
        for var, function in module.functions.items()
        if isinstance(function, Function) and num_input(function) is not None and not var.name.endswith(_SUFFIX)
    ]
    return sorted(found, key=lambda item: item[0])


def _named(module: IRModule, name: str) -> Function:
    function = module[name]
    if not isinstance(function, Function) or num_input(function) is None:
        what = "is no Relax function" if not isinstance(function, Function) else "does not say num_input"
        raise fail(codes.BAD_OPTION, f"{name} {what}", hint="name Relax functions with the attribute num_input")
    return function


def _input_symbols(function: Function) -> set[SymbolicVar]:
    return set(defined(function.params[: num_input(function)]))


# ---------------------------------------------------------------- the two functions


def _of_weights(found: Found, symbols: Sequence[SymbolicVar], release: str) -> Function:
    """The function that transforms the weights; it answers a tuple, symbolic variables first."""
    answers: list[Expr] = [ShapeExpr(tuple(symbols))] if symbols else []
    last: list[Binding] = []
    for var in found.outputs():
        out = Var(f"{var.name}_output", var.ty)
        last.append(VarBinding(out, var))
        answers.append(out)
    result: Expr = Tuple(tuple(answers))
    type_ = type_of(result)
    if answers:
        # The empty tuple is no value that a variable holds.
        value, result = result, Var("output_tuple", type_)
        last.append(VarBinding(result, value))
    blocks = [DataflowBlock(tuple(part)) for part in (found.bindings, last) if part]
    body = SeqExpr(tuple(blocks), result)
    body.memo("ty", type_)
    function = Function(found.params, body, type_, attrs={"num_input": 0})
    type_of(function)
    function = bundle_model_params(with_new_variables(function), release=release)
    return remove_unused(canonicalize_bindings(function, release))


def _for_run_time(function: Function, found: Found, shared: SharedPlan | None, release: str) -> Function:
    """The function that takes inputs and transformed weights."""
    params = list(function.params[: num_input(function)])
    symbols = found.symbols(_input_symbols(function))
    outputs = found.outputs()
    if shared is not None:
        here = Shared(shared, function)
        symbols = [here.symbol(item) for item in shared.found.symbols(set())]
        outputs = [here.var(item) for item in shared.found.outputs()]
    if symbols:
        params.append(Var("vars_from_compile_time_params", ShapeType(tuple(symbols))))
    bound: list[Binding] = []
    for var in outputs:
        param = Var(var.name, var.ty)
        bound.append(VarBinding(var, param))
        params.append(param)
    dropped = {item.var for item in found.bindings if item.var in found.of_weights}
    body = _WithoutLifted(dropped).run(function).body
    blocks, result = (body.blocks, body.body) if isinstance(body, SeqExpr) else ((), body)
    whole = SeqExpr((DataflowBlock(tuple(bound)), *blocks) if bound else blocks, result)
    type_: Type | None = type_of(body)
    whole.memo("ty", type_)
    made = Function(tuple(params), whole, function.ret_ty, function.is_pure, function.attrs, function.span)
    type_of(made)
    return canonicalize_bindings(with_new_variables(made), release)


class _WithoutLifted(Mutator):
    def __init__(self, dropped: set[Var]) -> None:
        super().__init__()
        self._dropped = dropped

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Drop what is lifted, and the marks that stopped it."""
        if binding.var in self._dropped:
            return ()
        if isinstance(binding, VarBinding) and isinstance(binding.value, Call):
            callee = binding.value.op
            if isinstance(callee, Op) and callee.name == STOP:
                return (binding.replace(value=self.leaf(binding.value.args[0])),)
        return (yield super().rewrite(binding))
