"""Symbolic variables that a function, or a part of one, uses but does not define (FreeSymbolicVars in TVM)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relax_core.analysis.walk import parts, walk
from relax_core.ir.expr import Binding, Call, Expr, Function, MatchCast, PrimValue, ShapeExpr, Var, VarBinding
from relax_core.ir.types import Type
from relax_core.types.relations import definable_symbols, symbols
from tensor_core import shapes
from tensor_core.node import Node
from tensor_core.prim import Var as SymbolicVar

Parts = Callable[[Node], tuple[Node, ...]]


def free_symbols(expr: Expr | Binding, into: Parts = parts) -> tuple[SymbolicVar, ...]:
    """The symbolic variables that neither parameters nor match_casts define, in order of first use.

    ``into``: the parts of a node that are looked at.
    """
    defined: set[SymbolicVar] = set()
    used: dict[SymbolicVar, None] = {}
    for node, done in walk(expr, into):
        if done:
            continue
        match node:
            case Function():
                defined.update(symbol for param in node.params if param.ty for symbol in definable_symbols(param.ty))
                types: tuple[Type | None, ...] = (*(param.ty for param in node.params), node.ret_ty)
            case MatchCast():
                defined.update(definable_symbols(node.ty))
                types = (node.ty,)
            case VarBinding():
                types = (node.var.ty,)
            case Call():
                types = (*node.ty_args, node.ty)
            case Var():
                types = (node.ty,)
            case ShapeExpr():
                used.update((symbol, None) for dim in node.values for symbol in shapes.free_vars(dim))
                continue
            case PrimValue():
                used.update(dict.fromkeys(shapes.free_vars(node.value)))
                continue
            case _:
                continue
        used.update(dict.fromkeys(_mentioned(types)))
    return tuple(symbol for symbol in used if symbol not in defined)


def _mentioned(types: tuple[Type | None, ...]) -> Iterator[SymbolicVar]:
    for type_ in types:
        if type_ is not None:
            yield from symbols(type_)
