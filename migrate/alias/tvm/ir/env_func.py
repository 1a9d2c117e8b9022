"""Functions of TVM's registry that are referred to by name; here they are names and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, eq=False)
class EnvFunc:
    """A function by name; one object per name."""

    name: str

    @staticmethod
    @cache
    def get(name: str) -> EnvFunc:
        """The function of this name. Names are not checked."""
        return EnvFunc(name)
