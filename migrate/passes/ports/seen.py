"""Calls of operators as both IRs have them: what promises of passes ask about, whichever side a module is on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from relax_core.types.deduce import is_pure_call
from relax_core.types.leaves import type_of as relax_type
from relax_core.types.plain import plain
from tensor_core import shapes
from tensor_core.module import IRModule
from tensor_core.node import Node, post_order
from tensor_core.types import TensorType, same_type

Values = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """One call. ``name`` is the operator's card; ``args`` are its operands, a variable of Relax standing for the
    value that it is bound to before in the same run of bindings. ``scope``: the block of a call in Relax.
    ``shared``: what several expressions of Relay use.
    """

    name: str
    args: tuple[Any, ...]
    node: relay.Call | relax.Call
    scope: Node | None
    _values: Values
    shared: Set[Node] = frozenset()

    def inner(self, place: int) -> Seen | None:
        """The operand at a place, where it is a call of an operator, too."""
        return self.made_by(self.args[place]) if place < len(self.args) else None

    def made_by(self, value: Any) -> Seen | None:
        """The call that gives an operand, or a field of one; None where none does."""
        return _seen(self._values.get(value, value), self._values, self.scope, self.shared)

    def own(self, place: int) -> Seen | None:
        """The same, where a rewriting may take it with this call. Those of Relay leave a match alone of which
        anything but the root is used elsewhere; in Relax the other use keeps its variable.
        """
        found = self.inner(place)
        return found if found is not None and found.node not in self.shared else None

    def first(self, place: int) -> Seen | None:
        """As ``inner``, of the first field where the operand is a tuple that is written out."""
        operand = self.args[place]
        while isinstance(operand, (relay.Tuple, relax.Tuple)) and operand.fields:
            operand = self._values.get(operand.fields[0], operand.fields[0])
        return _seen(operand, self._values, self.scope)

    @property
    def attrs(self) -> Mapping[str, Any]:
        """The attributes as the IR has them."""
        return self.node.attrs or {}

    def is_typed_as(self, place: int) -> bool:
        """Whether the result has the type of the operand at a place."""
        mine, other = tensor(self.node), tensor(self.args[place])
        return mine is not None and other is not None and same_type(mine, other)


def operators(module: IRModule) -> Iterator[Seen]:
    """Every call of an operator in a module of either IR."""
    for function in module.functions.values():
        within = nodes(function)
        shared: Set[Node] = frozenset() if isinstance(function, relax.Function) else _shared(within)
        for node in within:
            if isinstance(node, relax.BindingBlock):
                yield from _bound(node)
            elif isinstance(node, relay.Call):
                found = _seen(node, {}, None, shared)
                if found is not None:
                    yield found


def type_of(expr: Any) -> Any:
    """The type of an expression of either IR, as both have it; None where it is not known."""
    return plain(relax_type(expr)) if isinstance(expr, relax.RelaxExpr) else getattr(expr, "checked", None)  # type: ignore[arg-type]


def tensor(expr: Any) -> TensorType | None:
    """The type of a tensor whose shape has a rank; None for anything else."""
    found = type_of(expr)
    return found if isinstance(found, TensorType) else None


def same_dtype(one: Any, other: Any) -> bool:
    """Whether both are tensors of one element type."""
    first, second = tensor(one), tensor(other)
    return first is not None and second is not None and first.dtype == second.dtype


def sizes(expr: Any) -> tuple[int, ...] | None:
    """The shape of a tensor; None where some dimension is open."""
    found = tensor(expr)
    return shapes.static(found.shape) if found is not None and shapes.is_static(found.shape) else None


def number(expr: Any) -> Any:
    """The number that a constant of one element holds; None for anything else."""
    return expr.data.reshape(-1)[0] if is_constant(expr) and expr.data.size == 1 else None


def function_attrs(node: Any) -> Mapping[str, Any]:
    """The attributes of a Relay or Relax function; none of anything else."""
    return (node.attrs or {}) if isinstance(node, (relay.Function, relax.Function)) else {}


def nodes(root: Node) -> list[Node]:
    """All nodes of an expression, operands first."""
    return post_order([root], Node.iter_children)


def is_constant(expr: Any) -> bool:
    """Whether an operand is a constant tensor."""
    return isinstance(expr, (relay.Constant, relax.Constant))


def unchanged(module: IRModule) -> IRModule:
    """The Relax version of a pass whose work the conversion does."""
    return module


def _shared(within: Sequence[Node]) -> Set[Node]:
    """The nodes that several others use."""
    uses = Counter(child for node in within for child in set(node.iter_children()))
    return {node for node, count in uses.items() if count > 1}


def _bound(block: relax.BindingBlock) -> Iterator[Seen]:
    values: dict[Any, Any] = {}
    for binding in block.bindings:
        value = binding.value
        found = _seen(value, values, block)
        if found is not None:
            yield found
        if isinstance(value, relax.If) or (isinstance(value, relax.Call) and not is_pure_call(value)):
            values = {}
        elif isinstance(binding, relax.VarBinding):
            values[binding.var] = values.get(value, value)


def _seen(expr: Any, values: Values, scope: Node | None, shared: Set[Node] = frozenset()) -> Seen | None:
    if not isinstance(expr, (relay.Call, relax.Call)) or not isinstance(expr.op, (relay.Op, relax.Op)):
        return None
    card = expr.op.card
    name = expr.op.name.removeprefix("relax.") if card is None else card.name
    return Seen(name, tuple(values.get(arg, arg) for arg in expr.args), expr, scope, values, shared)
