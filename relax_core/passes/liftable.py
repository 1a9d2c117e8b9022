"""Which bindings of a function depend on its weights only (LiftTransformParams).

Such a binding stands in a dataflow block, uses nothing that is known only when the function runs, and is no
``stop_lift_params``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from relax_core.analysis.variables import free_vars
from relax_core.fusion.symbols import free_symbols
from relax_core.ir.expr import (
    Binding,
    DataflowBlock,
    Expr,
    ExternFunc,
    Function,
    If,
    MatchCast,
    SeqExpr,
    Var,
    VarBinding,
)
from relax_core.ir.types import TupleType
from relax_core.types.relations import definable_symbols, symbols
from relax_core.visit import op_name, scopes, variables
from tensor_core.prim import Var as SymbolicVar

AnyVar = Var | SymbolicVar
STOP = "relax.builtin.stop_lift_params"


@dataclass(slots=True)
class Found:
    """What a function, or all of them together, can compute of the weights alone.

    ``bindings`` in order; ``of_weights`` are the variables that depend on a weight, ``at_run_time`` those that the rest
    of the function needs, symbolic ones among them.
    """

    params: tuple[Var, ...]
    bindings: list[Binding] = field(default_factory=list[Binding])
    of_weights: set[Var] = field(default_factory=set[Var])
    at_run_time: set[AnyVar] = field(default_factory=set[AnyVar])

    def outputs(self) -> list[Var]:
        """What the weights' function answers: weights that are needed as they are, then what was computed."""
        kept = [param for param in self.params if param in self.at_run_time]
        made = [item.var for item in self.bindings if item.var in self.of_weights and item.var in self.at_run_time]
        return kept + made

    def symbols(self, known: set[SymbolicVar]) -> list[SymbolicVar]:
        """The symbolic variables that the weights define, the rest needs, and neither outputs nor ``known`` say."""
        said = known | set(defined(self.outputs()))
        return [item for item in defined(self.params) if item in self.at_run_time and item not in said]


def defined(variables: list[Var] | tuple[Var, ...]) -> list[SymbolicVar]:
    """The symbolic variables that the types of variables define, each once."""
    types = tuple(var.ty for var in variables if var.ty is not None)
    return list(dict.fromkeys(definable_symbols(TupleType(types))))


class Lifting:
    """What may be lifted so far, grown binding by binding."""

    def __init__(self) -> None:
        self.vars: set[AnyVar] = set()

    def allows(self, binding: Binding, in_dataflow: bool) -> bool:
        """Whether a binding can be computed of what may be lifted."""
        value = bound_value(binding)
        if not in_dataflow or isinstance(value, ExternFunc) or _is_stop(value):
            return False
        if any(var not in self.vars for var in free_vars(value)):
            return False
        type_ = binding.var.ty
        return type_ is None or all(var in self.vars for var in symbols(type_))


def bound_value(binding: Binding) -> Expr:
    """The right-hand side of a binding."""
    assert isinstance(binding, VarBinding | MatchCast)
    return binding.value


def bindings_of(function: Function) -> Iterator[tuple[Binding, bool]]:
    """Every binding of a function, those of its branches after the branch, and whether it is in a dataflow block."""
    stack: list[Expr | tuple[Binding, bool]] = [function.body]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            yield item
            inner = item[0].value if isinstance(item[0], VarBinding) else None
            stack.extend(reversed(scopes(inner)) if inner is not None else ())
        elif isinstance(item, SeqExpr):
            for block in reversed(item.blocks):
                inside = isinstance(block, DataflowBlock)
                stack.extend((binding, inside) for binding in reversed(block.bindings))
        elif isinstance(item, Function):
            stack.append(item.body)


def results_of(function: Function) -> Iterator[Var]:
    """The variables that the body of a function, and the arms of its branches, result in."""
    stack: list[Expr] = [function.body]
    while stack:
        item = stack.pop()
        if not isinstance(item, SeqExpr):
            yield from variables(item)
            continue
        yield from variables(item.body)
        values = [
            binding.value for block in item.blocks for binding in block.bindings if isinstance(binding, VarBinding)
        ]
        stack.extend(arm for value in values if isinstance(value, If) for arm in scopes(value))


def needed_at_run_time(binding: Binding) -> set[AnyVar]:
    """What a binding that stays needs, itself included."""
    value = bound_value(binding)
    return {binding.var, *free_vars(value), *free_symbols(value)}


def _is_stop(value: Expr) -> bool:
    return op_name(value) == STOP
