"""How requantisation rounds and in which type it computes where a call does not say (TVM 0.19)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from relay_compat.target_features import has_sse

UNSET = "None"
_entered: list[RequantizeConfig] = []


def _by_target() -> str:
    return "float32" if has_sse("sse4.1") else "int64"


@dataclass(frozen=True, slots=True)
class RequantizeConfig:
    """ "UPWARD" or "TONEAREST", and "int64", "float32" or "float64"; in force within a ``with`` block."""

    rounding: str = "UPWARD"
    compute_dtype: str = field(default_factory=_by_target)

    def __enter__(self) -> RequantizeConfig:
        _entered.append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _entered.pop()


def requantize_config(**kwargs: Any) -> RequantizeConfig:
    """A configuration; what is left out gets TVM's default for the current target: floats where it has SSE 4.1."""
    return RequantizeConfig(**kwargs)


def current_requantize_config() -> RequantizeConfig:
    """The innermost configuration that is in force, or the default."""
    return _entered[-1] if _entered else RequantizeConfig()
