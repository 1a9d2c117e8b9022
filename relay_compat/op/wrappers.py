"""The Python functions that build calls of operators (tvm.relay.add, tvm.relay.nn.relu, ...), derived from the cards.

A wrapper takes the op's inputs, then its attributes in the order of the C++ struct; the defaults are those of TVM's
Python. Operators whose function does more than that have one of their own in this package.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.declare import apply
from tensor_core.ops.card import REQUIRED
from tensor_core.ops.registry import Card, registry

_KIND = inspect.Parameter.POSITIONAL_OR_KEYWORD


@cache
def wrapper(name: str) -> Callable[..., Expr]:
    """The function that builds calls of the operator with this Relay name; KeyError for one without a card."""
    card = registry().by_relay[name]
    signature = inspect.Signature(list(_parameters(card)))

    def build(*args: Any, **kwargs: Any) -> Expr:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return apply(name, bound.arguments)

    build.__name__ = build.__qualname__ = name.rpartition(".")[2]
    build.__doc__ = f"A call of the operator {name}."
    build.__signature__ = signature  # type: ignore[attr-defined]
    return build


def derived(prefix: str) -> Callable[[str], Any]:
    """A ``__getattr__`` for a module: the wrapper of the operator ``prefix + name``."""

    def find(name: str) -> Any:
        if prefix + name not in registry().by_relay:
            raise AttributeError(f"there is no operator {prefix}{name}")
        return wrapper(prefix + name)

    return find


def names(prefix: str) -> list[str]:
    """The names of the operators directly under a prefix such as "nn."; "" for those without one."""
    found = (name.removeprefix(prefix) for name in registry().by_relay if name.startswith(prefix))
    return sorted(name for name in found if "." not in name)


def _parameters(card: Card) -> Iterator[inspect.Parameter]:
    assert card.relay is not None
    for item in card.inputs:
        yield inspect.Parameter(item.name, _KIND, default=None if item.optional else inspect.Parameter.empty)
    for field in card.relay.fields:
        default = field.default if field.python is REQUIRED else field.python
        yield inspect.Parameter(
            field.name, _KIND, default=inspect.Parameter.empty if default is REQUIRED else default
        )  # fmt: skip
