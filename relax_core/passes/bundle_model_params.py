"""BundleModelParams: the parameters that are weights become one tuple (relax.transform of TVM 0.19 to 0.27).

Parameters behind the first ``num_input`` are fields of the last parameter; where one is used, a binding takes it out.
"""

from __future__ import annotations

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    DataflowVar,
    Expr,
    Function,
    SeqExpr,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TupleType, Type
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import type_of
from relax_core.visit import map_leaves
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import Pass, PassInfo
from tensor_core.trampoline import Steps, run


def BundleModelParams(param_tuple_name: str | None = None) -> Pass:
    """Bundle the weights of functions that have ``num_input``; the tuple is called ``model_params`` by default."""
    name = param_tuple_name or "model_params"
    return FunctionPass(
        PassInfo(1, "BundleModelParams"),
        lambda function, module, _: bundle_model_params(function, name, relax_release(module)),
    )


def num_input(function: Function) -> int | None:
    """How many of the parameters are inputs and no weights; None when the function does not say."""
    found = (function.attrs or {}).get("num_input")
    return None if found is None else int(found)


def bundle_model_params(function: Function, name: str = "model_params", release: str = "0.27") -> Function:
    """The function, in normal form, with one tuple for its weights; R2R0703 for a number of inputs that cannot be."""
    inputs = num_input(function)
    if inputs is None:
        return function
    if not 0 <= inputs <= len(function.params):
        message = f"the function has {len(function.params)} parameters, of which {inputs} are said to be inputs"
        raise fail(codes.BAD_OPTION, message, function.span, "correct the attribute num_input")
    weights = function.params[inputs:]
    fields: list[Type] = [param.ty for param in weights if param.ty is not None]
    bundle = Var(name, TupleType(tuple(fields)))
    mutator = _Bundler(bundle, weights, release)
    body = run(mutator.scope(function.body))
    made = function.replace(params=(*function.params[:inputs], bundle), body=body)
    type_of(made)
    return made


class _Bundler(RetypingMutator):
    def __init__(self, bundle: Var, weights: tuple[Var, ...], release: str) -> None:
        super().__init__(release)
        self._bundle = bundle
        self._places = {var: place for place, var in enumerate(weights)}
        self._taken: list[Binding] = []

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Take out what a binding uses before it."""
        outer, self._taken = self._taken, []
        made = yield super().rewrite(binding)
        taken, self._taken = self._taken, outer
        return (*taken, *made)

    def scope(self, body: Expr) -> Steps[Expr]:
        """What the result of a scope uses is taken out in a block of its own at the end."""
        outer, self._taken = self._taken, []
        new = yield super().scope(body)
        taken, self._taken = self._taken, outer
        if not taken:
            return new
        blocks, result = (new.blocks, new.body) if isinstance(new, SeqExpr) else ((), new)
        made = SeqExpr((*blocks, BindingBlock(tuple(taken))), result)
        made.memo("ty", type_of(result))
        return made

    def leaf(self, expr: Expr) -> Expr:
        """A flat expression in which each mention of a weight is taken out of the tuple anew, as TVM does."""
        return super().leaf(map_leaves(expr, self._field))

    def _field(self, leaf: Expr) -> Expr:
        place = self._places.get(leaf) if isinstance(leaf, Var) else None
        if place is None or not isinstance(leaf, Var):
            return leaf
        value = TupleGetItem(self._bundle, place)
        new = (DataflowVar if self.in_dataflow else Var)(leaf.name, type_of(value))
        self._taken.append(VarBinding(new, value))
        return new
