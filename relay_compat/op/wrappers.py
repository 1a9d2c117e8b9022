"""The Python functions that build calls of operators (tvm.relay.add, tvm.relay.nn.relu, ...), derived from the cards.

A wrapper takes the op's inputs, then its attributes in the order of the C++ struct; the defaults are those of TVM's
Python. Operators whose function does more than that have one of their own in this package.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.declare import apply
from tensor_core.ops.card import REQUIRED
from tensor_core.ops.registry import Card, registry
from tensor_core.signatures import bound

_KIND, _NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY


_WITHOUT = frozenset({"memory.alloc_storage"})
"""Operators without a function: TVM 0.19's passes fewer arguments than its operator takes, and always fails."""


@cache
def wrapper(name: str) -> Callable[..., Expr]:
    """The function that builds calls of the operator with this Relay name; KeyError for one without a card."""
    card = registry().by_relay[name]
    signature = _signature(card)

    def build(*args: Any, **kwargs: Any) -> Expr:
        return apply(name, bound(name, signature, args, kwargs).arguments)

    build.__name__ = build.__qualname__ = name.rpartition(".")[2]
    build.__doc__ = f"A call of the operator {name}."
    build.__signature__ = signature  # type: ignore[attr-defined]
    return build


def derived(prefix: str) -> Callable[[str], Any]:
    """A ``__getattr__`` for a module: the wrapper of the operator ``prefix + name``."""

    def find(name: str) -> Any:
        if prefix + name not in registry().by_relay or prefix + name in _WITHOUT:
            raise AttributeError(f"there is no operator {prefix}{name}")
        return wrapper(prefix + name)

    return find


def names(prefix: str) -> list[str]:
    """The names of the operators directly under a prefix such as "nn."; "" for those without one."""
    known = (name for name in registry().by_relay if name not in _WITHOUT)
    found = (name.removeprefix(prefix) for name in known if name.startswith(prefix))
    return sorted(name for name in found if "." not in name)


def _signature(card: Card) -> inspect.Signature:
    """Inputs, then attributes; those without a default that follow some with one are given by name. An attribute that
    an input of the same name makes known (as of the dynamic operators) is no parameter.
    """
    assert card.relay is not None
    empty = inspect.Parameter.empty
    inputs = {item.name for item in card.inputs}
    stated = [(item.name, None if item.optional else empty) for item in card.inputs]
    for field in card.relay.fields:
        default = field.default if field.python is REQUIRED else field.python
        if field.name not in inputs:
            stated.append((field.name, empty if default is REQUIRED else default))
    parameters: list[inspect.Parameter] = []
    for name, default in stated:
        late = default is empty and any(item.default is not empty for item in parameters)
        parameters.append(inspect.Parameter(name, _NAMED if late else _KIND, default=default))
    return inspect.Signature(sorted(parameters, key=lambda item: item.kind is _NAMED))
