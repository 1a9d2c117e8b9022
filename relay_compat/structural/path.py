"""Where in an object another one stands (tvm.runtime.object_path in TVM 0.19)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ObjectPath:
    """A way from a root: each step is written as it is appended to the one before (``.body``, ``[0]``)."""

    parent: ObjectPath | None = None
    step: str = ""

    def attr(self, name: str) -> ObjectPath:
        """The path to a field."""
        return ObjectPath(self, f".{name}")

    def array_index(self, index: int) -> ObjectPath:
        """The path to an element of an array."""
        return ObjectPath(self, f"[{index}]")

    def missing_array_element(self, index: int) -> ObjectPath:
        """The place where an array would go on if it had as many elements as the other one."""
        return ObjectPath(self, f"[<missing element #{index}>]")

    def map_value(self, key: str) -> ObjectPath:
        """The path to a value of a map; ``key`` as it is printed."""
        return ObjectPath(self, f"[{key}]")

    def missing_map_entry(self) -> ObjectPath:
        """The place of an entry that only the other map has."""
        return ObjectPath(self, "[<missing entry>]")

    def __str__(self) -> str:
        steps: list[str] = []
        path: ObjectPath | None = self
        while path is not None:
            steps.append(path.step)
            path = path.parent
        return "<root>" + "".join(reversed(steps))
