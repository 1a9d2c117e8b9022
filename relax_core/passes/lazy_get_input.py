"""LazyGetInput: functions fetch their parameters when they need them (relax.transform of TVM 0.19 to 0.27).

Parameters behind the first ``num_input`` are results of a function that is passed in their place, which takes the
number of a parameter among them and its name.
"""

from __future__ import annotations

from relax_core.ir.expr import Binding, Call, Expr, Function, MatchCast, PrimValue, StringImm, Var, VarBinding
from relax_core.ir.types import FuncType, ObjectType, PrimType, TupleType
from relax_core.passes.bundle_model_params import num_input
from relax_core.passes.eliminate_common_subexpr import eliminate_common_subexpr
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.passes.leaf_taker import LeafTaker
from relax_core.passes.remove_unused import remove_unused
from relax_core.reachable import is_exposed
from relax_core.types.deduce import deduce, type_of
from relax_core.types.erase import definable_tir_vars_in_type, erase_to_well_defined
from tensor_core import prim
from tensor_core.passes import Pass, PassInfo


def LazyGetInput() -> Pass:
    """Let functions that can be called from outside fetch their parameters."""
    return FunctionPass(
        PassInfo(0, "LazyGetInput"),
        lambda function, module, _: (
            lazy_get_input(function, relax_release(module)) if is_exposed(function) else function
        ),
    )


def lazy_get_input(function: Function, release: str = "0.27") -> Function:
    """The function, in normal form, with ``fget_param`` in the place of its parameters; equal values are bound once.

    R2R0703 when ``num_input`` is no number of its parameters.
    """
    inputs = num_input(function) or 0
    fetch = Var("fget_param", FuncType((PrimType("int64"), ObjectType()), ObjectType()))
    params = (*function.params[:inputs], fetch)
    known = definable_tir_vars_in_type(TupleType(tuple([param.ty for param in params if param.ty is not None])))
    result = None if function.ret_ty is None else erase_to_well_defined(function.ret_ty, {var: var for var in known})
    attrs = {**(function.attrs or {}), "num_input": inputs + 1}
    taker = _Fetcher(fetch, function.params[inputs:], release)
    made = taker.run(function.replace(params=params, ret_ty=result, attrs=attrs))
    made = remove_unused(eliminate_common_subexpr(made))
    type_of(made)
    return made


class _Fetcher(LeafTaker):
    def __init__(self, fetch: Var, params: tuple[Var, ...], release: str) -> None:
        super().__init__(release)
        self._fetch = fetch
        self._places: dict[Expr, int] = {var: place for place, var in enumerate(params)}

    def taken(self, leaf: Expr) -> list[Binding]:
        """The call for a parameter, and the cast of what it gives to the type of the parameter."""
        place = self._places.get(leaf)
        if place is None or not isinstance(leaf, Var) or leaf.ty is None:
            return []
        call = Call(self._fetch, (PrimValue(prim.const(place, "int64")), StringImm(leaf.name)))
        call.memo("ty", deduce(call, self.release))
        untyped = self.variable(f"{leaf.name}_untyped", call.ty)
        self.define_symbols(leaf.ty)
        return [VarBinding(untyped, call), MatchCast(self.variable(leaf.name, leaf.ty), untyped, leaf.ty)]
