"""Patterns by name, for compilers outside (tvm.relax.backend.pattern_registry in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from relax_core.passes.fuse_ops_by_pattern import FusionPattern

__all__ = ["get_pattern", "get_patterns_with_prefix", "register_patterns"]

_TABLE: list[FusionPattern] = []


def register_patterns(patterns: Sequence[FusionPattern | tuple[Any, ...]]) -> None:
    """Add patterns; later ones come first when they are asked for. TypeError for what is no pattern."""
    for item in patterns:
        if isinstance(item, FusionPattern):
            _TABLE.append(item)
        elif isinstance(cast(Any, item), tuple):
            _TABLE.append(FusionPattern(*item))
        else:
            raise TypeError(f"Cannot register type {type(item)} as pattern")


def get_patterns_with_prefix(prefix: str) -> list[FusionPattern]:
    """The patterns whose names start with this, those registered last first."""
    return [pattern for pattern in reversed(_TABLE) if pattern.name.startswith(prefix)]


def get_pattern(name: str) -> FusionPattern | None:
    """The pattern of this name that was registered last."""
    return next((pattern for pattern in reversed(_TABLE) if pattern.name == name), None)
