"""What a step of either IR is: Relay expressions and Relax bindings, which interpreters and machines tell of.

Relay's let-bound variables stand for what they are bound to; a Relax step is known to others by its variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.reading import is_relax
from relay_compat.visit import reachable
from tensor_core.module import IRModule
from tensor_core.spans import Span


class Origins(Protocol):
    """The steps of one module."""

    def is_call(self, step: Any) -> bool:
        """Whether the step computes something, beside moving values into tuples and out of them."""
        ...

    def is_operator(self, step: Any) -> bool:
        """Whether a call is one of an operator, not of a function of the program or of the host."""
        ...

    def key(self, step: Any) -> Any:
        """What :meth:`operands` calls the step."""
        ...

    def operands(self, step: Any) -> Iterator[Any]:
        """What the step reads."""
        ...

    def card(self, step: Any) -> str:
        """The name of the operator's card; empty for anything else."""
        ...

    def shown(self, step: Any) -> str:
        """The step for people."""
        ...

    def span(self, step: Any) -> Span | None:
        """Where it stands."""
        ...


def origins(module: IRModule) -> Origins:
    """Those of a module."""
    return RelaxOrigins() if is_relax(module) else RelayOrigins(module)


class RelaxOrigins:
    """Steps are bindings."""

    def is_call(self, step: Any) -> bool:
        """As :class:`Origins`."""
        return isinstance(step.value, relax.Call)

    def is_operator(self, step: Any) -> bool:
        """As :class:`Origins`."""
        return isinstance(step.value.op, relax.Op)

    def key(self, step: Any) -> Any:
        """As :class:`Origins`."""
        return step.var

    def operands(self, step: Any) -> Iterator[Any]:
        """The variables and constants in a right-hand side, tuples looked through."""
        stack: list[Any] = list(step.value.iter_children())
        while stack:
            item = stack.pop()
            if isinstance(item, relax.Tuple):
                stack.extend(item.fields)
            else:
                yield item

    def card(self, step: Any) -> str:
        """As :class:`Origins`."""
        value = getattr(step, "value", None)
        card = value.op.card if isinstance(value, relax.Call) and isinstance(value.op, relax.Op) else None
        return card.name if card else ""

    def shown(self, step: Any) -> str:
        """As :class:`Origins`."""
        return f"{step.var.name} = {self.card(step) or 'call'}"

    def span(self, step: Any) -> Span | None:
        """As :class:`Origins`."""
        return step.span or step.value.span


class RelayOrigins:
    """Steps are expressions."""

    def __init__(self, module: IRModule) -> None:
        roots = [f for f in module.functions.values() if isinstance(f, relay.Function)]
        self._bound: Mapping[Any, Any] = {
            node.var: node.value for node in reachable(*roots) if isinstance(node, relay.Let)
        }

    def is_call(self, step: Any) -> bool:
        """As :class:`Origins`."""
        return isinstance(step, relay.Call)

    def is_operator(self, step: Any) -> bool:
        """As :class:`Origins`."""
        return isinstance(step.op, relay.Op)

    def key(self, step: Any) -> Any:
        """As :class:`Origins`."""
        return step

    def operands(self, step: Any) -> Iterator[Any]:
        """As :class:`Origins`."""
        for child in step.iter_children():
            item = child
            while item in self._bound or isinstance(item, relay.Let):
                item = item.body if isinstance(item, relay.Let) else self._bound[item]
            yield item

    def card(self, step: Any) -> str:
        """As :class:`Origins`."""
        card = step.op.card if isinstance(step, relay.Call) and isinstance(step.op, relay.Op) else None
        return card.name if card else ""

    def shown(self, step: Any) -> str:
        """As :class:`Origins`."""
        span = self.span(step)
        return (self.card(step) or "call") + (f" at {span.declared or span}" if span else "")

    def span(self, step: Any) -> Span | None:
        """As :class:`Origins`."""
        return getattr(step, "span", None)
