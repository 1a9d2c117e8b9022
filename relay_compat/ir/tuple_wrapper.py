"""What operators with several results answer from Python (tvm.relay.expr.TupleWrapper in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tensor_core.module import Expr
from tensor_core.node import Node


class TupleWrapper:
    """A call whose result is a tuple of known size: it unpacks, and stands for the call where an expression is wanted.

    It is no expression itself (as in TVM); :meth:`astuple` gives that.
    """

    __slots__ = ("size", "tuple_value")

    def __init__(self, tuple_value: Expr, size: int) -> None:
        self.tuple_value = tuple_value
        self.size = size

    def astuple(self) -> Expr:
        """The expression behind."""
        return self.tuple_value

    def asobject(self) -> Expr:
        """The expression behind, under the name of TVM's runtime."""
        return self.tuple_value

    def astext(self, show_meta_data: bool = True) -> str:
        """The text of the expression behind."""
        return cast(Any, self.tuple_value).astext(show_meta_data)

    def astype(self, _: Any) -> Expr:
        """TypeError: a tuple cannot be cast."""
        raise TypeError("astype cannot be used on tuple")

    def __getitem__(self, index: int) -> Expr:
        from relay_compat.ir.expr import TupleGetItem

        if index >= self.size:
            raise IndexError("Tuplewrapper out of range")
        return TupleGetItem(self.tuple_value, index)

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"TupleWrapper({self.tuple_value!r}, {self.size})"


def unwrap(node: Node, *fields: str) -> None:
    """Put expressions in the place of TupleWrappers in fields of a node that is being made."""
    for name in fields:
        value = getattr(node, name)
        if type(value) is TupleWrapper:
            node.memo(name, value.tuple_value)


def all_unwrapped(values: Iterable[Any]) -> tuple[Any, ...]:
    """The values, with the expression that it stands for in the place of each TupleWrapper."""
    return tuple([value.tuple_value if type(value) is TupleWrapper else value for value in values])
