"""BundleModelParams: the parameters that are weights become one tuple (relax.transform of TVM 0.19 to 0.27).

Parameters behind the first ``num_input`` are fields of the last parameter; where one is used, a binding takes it out.
"""

from __future__ import annotations

from relax_core.ir.expr import Binding, Expr, Function, TupleGetItem, Var, VarBinding
from relax_core.ir.types import TupleType, Type
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.passes.leaf_taker import LeafTaker
from relax_core.types.deduce import type_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import Pass, PassInfo
from tensor_core.trampoline import run


def BundleModelParams(param_tuple_name: str | None = None) -> Pass:
    """Bundle the weights of functions that have ``num_input``; the tuple is called ``model_params`` by default."""
    name = param_tuple_name or "model_params"
    return FunctionPass(
        PassInfo(1, "BundleModelParams"),
        lambda function, module, _: bundle_model_params(function, name, relax_release(module)),
    )


def num_input(function: Function) -> int | None:
    """How many of the parameters are inputs and no weights; None when the function does not say.

    R2R0703 for a number that cannot be.
    """
    found = (function.attrs or {}).get("num_input")
    if found is not None and not 0 <= int(found) <= len(function.params):
        message = f"the function has {len(function.params)} parameters, of which {found} are said to be inputs"
        raise fail(codes.BAD_OPTION, message, function.span, "correct the attribute num_input")
    return None if found is None else int(found)


def bundle_model_params(function: Function, name: str = "model_params", release: str = "0.27") -> Function:
    """The function, in normal form, with one tuple for its weights; R2R0703 for a number of inputs that cannot be."""
    inputs = num_input(function)
    if inputs is None:
        return function
    weights = function.params[inputs:]
    fields: list[Type] = [param.ty for param in weights if param.ty is not None]
    bundle = Var(name, TupleType(tuple(fields)))
    mutator = _Bundler(bundle, weights, release)
    body = run(mutator.scope(function.body))
    made = function.replace(params=(*function.params[:inputs], bundle), body=body)
    type_of(made)
    return made


class _Bundler(LeafTaker):
    def __init__(self, bundle: Var, weights: tuple[Var, ...], release: str) -> None:
        super().__init__(release)
        self._bundle = bundle
        self._places: dict[Expr, int] = {var: place for place, var in enumerate(weights)}

    def taken(self, leaf: Expr) -> list[Binding]:
        """The field of the tuple that a weight is."""
        place = self._places.get(leaf)
        if place is None or not isinstance(leaf, Var):
            return []
        value = TupleGetItem(self._bundle, place)
        return [VarBinding(self.variable(leaf.name, type_of(value)), value)]
