"""The methods that functors over expressions and over types are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def not_there(name: str) -> Callable[[Any, Any], Any]:
    """A method for a subclass to give; NotImplementedError where it does not."""

    def visit(self: Any, node: Any) -> Any:
        del self, node
        raise NotImplementedError

    visit.__name__ = name
    visit.__doc__ = "To be given by a subclass."
    return visit


def each(*fields: str) -> Callable[[Any, Any], None]:
    """A method that visits the named fields in order."""

    def visit(self: Any, node: Any) -> None:
        for field in fields:
            value = getattr(node, field)
            for item in value if isinstance(value, tuple) else (value,):  # type: ignore[reportUnknownVariableType]
                self.visit(item)

    visit.__doc__ = f"Visit {', '.join(fields) or 'nothing: this is a leaf'}."
    return visit
