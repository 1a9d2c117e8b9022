"""LazySetOutput: functions hand over each result when it is there (relax.transform of TVM 0.19 to 0.27).

They call a function that is passed to them with the number of the result and its value, and have no result themselves.
What a dataflow block gives is handed over behind the block: TVM calls inside, where calls with effects have no place.
"""

from __future__ import annotations

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    Expr,
    Function,
    PrimValue,
    SeqExpr,
    Tuple,
    Var,
    VarBinding,
)
from relax_core.ir.types import FuncType, ObjectType, PrimType, TupleType
from relax_core.passes.bundle_model_params import num_input
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.reachable import is_exposed
from relax_core.types.deduce import deduce, type_of
from relax_core.visit import joined
from tensor_core import prim
from tensor_core.passes import Pass, PassInfo


def LazySetOutput() -> Pass:
    """Let functions that can be called from outside hand over their results."""
    return FunctionPass(
        PassInfo(0, "LazySetOutput"),
        lambda function, module, _: (
            lazy_set_output(function, relax_release(module)) if is_exposed(function) else function
        ),
    )


def lazy_set_output(function: Function, release: str = "0.27") -> Function:
    """The function, in normal form, with the parameter ``fset_output``. R2R0703 when ``num_input`` is no number of its
    parameters.
    """
    inputs = num_input(function)
    place = len(function.params) if inputs is None else inputs
    void = TupleType(())
    hand_over = Var("fset_output", FuncType((PrimType("int64"), ObjectType()), void, pure=False))

    handing = _Handing(hand_over, release)
    body = function.body
    blocks, result = (body.blocks, body.body) if isinstance(body, SeqExpr) else ((), body)
    outputs = list(enumerate(result.fields if isinstance(result, Tuple) else (result,)))
    for number, value in outputs:
        if isinstance(value, Var):
            handing.numbers.setdefault(value, []).append(number)
    new = [BindingBlock(tuple([call for param in function.params for call in handing.results(param)]))]
    for block in blocks:
        new += handing.followed(block)
    inline = [handing.call(number, value) for number, value in outputs if not isinstance(value, Var)]
    new.append(BindingBlock(tuple(inline)))
    end = Tuple(())
    whole = SeqExpr(joined(new), end)
    whole.memo("ty", type_of(end))
    params = (*function.params[:place], hand_over, *function.params[place:])
    attrs = function.attrs if inputs is None else {**(function.attrs or {}), "num_input": inputs + 1}
    made = function.replace(params=params, body=whole, ret_ty=void, is_pure=False, attrs=attrs)
    type_of(made)
    return made


class _Handing:
    """Calls that hand over results. ``numbers``: those of the results that variables are."""

    def __init__(self, function: Var, release: str) -> None:
        self.numbers: dict[Var, list[int]] = {}
        self._function = function
        self._release = release

    def call(self, number: int, value: Expr) -> Binding:
        """The call for one result."""
        call = Call(self._function, (PrimValue(prim.const(number, "int64")), value))
        call.memo("ty", deduce(call, self._release))
        return VarBinding(Var("_void", call.ty), call)

    def results(self, var: Var) -> list[Binding]:
        """The calls for the results that a variable is."""
        return [self.call(number, var) for number in self.numbers.get(var, ())]

    def followed(self, block: BindingBlock) -> list[BindingBlock]:
        """The block with calls where its variables are there, of a dataflow block behind it."""
        if isinstance(block, DataflowBlock):
            calls = [call for binding in block.bindings for call in self.results(binding.var)]
            return [block, BindingBlock(tuple(calls))]
        bindings = [item for binding in block.bindings for item in (binding, *self.results(binding.var))]
        return [block.replace(bindings=tuple(bindings))]
