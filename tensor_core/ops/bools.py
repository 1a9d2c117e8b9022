"""Arithmetic and order on bools: TVM compiles them up to 0.21, modulo two, and refuses them from 0.25 on (observed).

So later releases are told in logic what the other operators mean on bools.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tensor_core.fragment import Fragment
from tensor_core.ops.card import Reject
from tensor_core.types import TensorType, Type

COMPILED = ("0.19", "0.20", "0.21")
"""The releases that compile arithmetic on bools; of 0.22 to 0.24 there was nothing to ask."""

Logic = Callable[[Fragment[Any], Any, Any], Any]


def _one(name: str) -> Logic:
    return lambda f, a, b: f.call(name, a, b)


def _not_first(name: str) -> Logic:
    return lambda f, a, b: f.call(name, f.call("logical_not", a), b)


def _not_second(name: str) -> Logic:
    return lambda f, a, b: f.call(name, a, f.call("logical_not", b))


MEANINGS: Mapping[str, Logic] = {
    "add": _one("logical_xor"),
    "subtract": _one("logical_xor"),
    "multiply": _one("logical_and"),
    "maximum": _one("logical_or"),
    "minimum": _one("logical_and"),
    "less": _not_first("logical_and"),
    "less_equal": _not_first("logical_or"),
    "greater": _not_second("logical_and"),
    "greater_equal": _not_second("logical_or"),
}
"""What operators on two bools mean."""


def fits(_params: Any, types: Sequence[Type], release: str) -> str | None:
    """Why a release cannot compile an operator on operands of these types."""
    if release in COMPILED or not any(isinstance(type_, TensorType) and type_.dtype == "bool" for type_ in types):
        return None
    return f"Relax {release} compiles no arithmetic on bools"


def expansion(name: str) -> Callable[..., Any]:
    """The expansion of a card with a meaning on bools; Reject for operands of another element type."""
    meaning = MEANINGS[name]

    def expand(_params: Any, f: Fragment[Any], a: Any, b: Any) -> Any:
        if f.tensor_type(a).dtype != "bool":
            raise Reject(f"{name} is written out for bools only")
        return meaning(f, a, b)

    return expand
