"""How requantisation rounds and in which type it computes where a call does not say (TVM 0.19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UNSET = "None"
_entered: list[RequantizeConfig] = []


@dataclass(frozen=True, slots=True)
class RequantizeConfig:
    """ "UPWARD" or "TONEAREST", and "int64", "float32" or "float64"; in force within a ``with`` block."""

    rounding: str = "UPWARD"
    compute_dtype: str = "int64"

    def __enter__(self) -> RequantizeConfig:
        _entered.append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _entered.pop()


def requantize_config(**kwargs: Any) -> RequantizeConfig:
    """A configuration; what is left out gets TVM's default for a target without SSE 4.1."""
    return RequantizeConfig(**kwargs)


def current_requantize_config() -> RequantizeConfig:
    """The innermost configuration that is in force, or the default."""
    return _entered[-1] if _entered else RequantizeConfig()
