"""What a run shows call by call: an interpreter tells of a call before it evaluates it, and of its value after that."""

from __future__ import annotations

from typing import Any

from migrate.values import Value
from tensor_core.observed import OpCall


class Watch:
    """Watches one run: :meth:`observe_call` and :meth:`observe` are for the interpreter."""

    def __init__(self) -> None:
        self._node: Any = None
        self._call: OpCall | None = None

    def observe_call(self, node: Any, call: OpCall) -> None:
        """The call of an operator that is evaluated next."""
        self._node, self._call = node, call

    def observe(self, node: Any, value: Value) -> Value | None:
        """The value of a step, and what is to stand in its place."""
        call = self._call
        if call is None or node is not self._node:
            return self.moved(node, value)
        self._call = None
        return self.called(node, call, value)

    def called(self, node: Any, call: OpCall, value: Value) -> Value | None:
        """As :meth:`observe`, of a call of an operator."""
        raise NotImplementedError

    def moved(self, node: Any, value: Value) -> Value | None:
        """As :meth:`observe`, of any other step."""
        del node, value
