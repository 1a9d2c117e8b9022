"""tvm_ffi.access_path: places inside of objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["AccessPath", "AccessStep"]


@dataclass(frozen=True, slots=True)
class AccessStep:
    """One step: an attribute, an item of a sequence, or one of a map."""

    kind: str
    key: Any


@dataclass(frozen=True, slots=True)
class AccessPath:
    """The steps from an object to a part of it."""

    steps: tuple[AccessStep, ...] = ()

    @staticmethod
    def root() -> AccessPath:
        """The object itself."""
        return AccessPath()

    def attr(self, attr_key: str) -> AccessPath:
        """One step further, to an attribute."""
        return AccessPath((*self.steps, AccessStep("attr", attr_key)))

    def array_item(self, index: int) -> AccessPath:
        """One step further, to an item of a sequence."""
        return AccessPath((*self.steps, AccessStep("array_item", index)))

    def map_item(self, key: Any) -> AccessPath:
        """One step further, to an item of a map."""
        return AccessPath((*self.steps, AccessStep("map_item", key)))
