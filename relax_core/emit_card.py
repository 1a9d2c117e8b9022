"""Tensor programs that operator cards lower to, over Relax values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relax_core.emit_te import Kernel
from relax_core.ir.expr import Expr, PrimValue, Tuple, TupleGetItem, Var
from relax_core.ir.types import PrimType, TupleType, Type
from relax_core.types.deduce import type_of
from relax_core.types.plain import of_card, plain
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.own_symbols import OwnSymbols
from tensor_core.loops.scalar_arguments import read_by_value
from tensor_core.ops.card import OpCard
from tensor_core.prim import FloatImm, IntImm, PrimExpr
from tensor_core.prim import Var as SymbolicVar
from tensor_core.tir.from_loops import from_loops
from tensor_core.types import TensorType


def kernel_of_card(
    card: OpCard[Any], params: Any, args: Sequence[Expr], hint: str = "", result: Type | None = None
) -> Kernel:
    """The program of a card over operands of known shape; numbers among them are stated in it or taken by value.

    ``result``: the type of the call, by default what the card says. Errors as
    :meth:`relax_core.block_builder.BlockBuilder.call_card`.
    """
    known = [_kernel_type(found) for arg in args if (found := type_of(arg)) is not None]
    symbols = OwnSymbols()
    kernel = lower_card(card, symbols.params(params), symbols.types(known), hint or None)
    out = result or of_card(card.infer(params, *known))
    if isinstance(out, TupleType) and len(out.fields) == 1:
        out = out.fields[0]
    leaves = [leaf for arg in args for leaf in _leaves(arg)]
    scalars = tuple([symbols.outer.get(item, item) for item in kernel.scalars])
    numbers = {place: leaf for place, leaf in enumerate(leaves) if isinstance(type_of(leaf), PrimType)}
    if numbers:
        values = {place: _number(leaf) for place, leaf in numbers.items()}
        kernel = read_by_value(kernel, values)
        leaves = [leaf for place, leaf in enumerate(leaves) if place not in numbers]
        leaves += [leaf for place, leaf in numbers.items() if isinstance(values[place], SymbolicVar)]
    return Kernel(from_loops(kernel), tuple(leaves), out, scalars)


def _kernel_type(type_: Type) -> Any:
    """The type of an operand of a kernel: a number stands for a tensor of rank 0."""
    return TensorType((), type_.dtype) if isinstance(type_, PrimType) else plain(type_)


def _number(leaf: Expr) -> PrimExpr:
    """A number that a program states, or a scalar for one that its caller gives."""
    if isinstance(leaf, PrimValue) and isinstance(leaf.value, IntImm | FloatImm):
        return leaf.value
    type_ = type_of(leaf)
    assert isinstance(type_, PrimType)
    return SymbolicVar(leaf.name if isinstance(leaf, Var) else "scalar", type_.dtype)


def _leaves(arg: Expr) -> list[Expr]:
    """The tensors of an argument: fields of tuples one by one."""
    if isinstance(arg, Tuple):
        return [leaf for field in arg.fields for leaf in _leaves(field)]
    found = type_of(arg)
    if isinstance(found, TupleType):
        return [leaf for place in range(len(found.fields)) for leaf in _leaves(TupleGetItem(arg, place))]
    return [arg]
