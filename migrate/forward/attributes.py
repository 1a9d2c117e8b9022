"""Attributes of functions: what Relay and Relax call the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RELAX_NAMES = {"Compiler": "Codegen"}
"""Relay's names that Relax has another word for: the code generator that an external function is for."""

_DROPPED = frozenset({"Inline", "Closure"})
"""Marks for passes of Relay's own build: after PartitionGraph, and of its LambdaLift."""


def function_attrs(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a Relax function for those of a Relay function, in their order."""
    return {RELAX_NAMES.get(name, name): value for name, value in attrs.items() if name not in _DROPPED}
