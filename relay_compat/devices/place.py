"""Where a value may live, as far as it is known: TVM's VirtualDevice as a value to compute with."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from relay_compat.ir.values import Record
from relay_compat.target import Target
from relay_compat.virtual_device import of_parts


class Place(NamedTuple):
    """A kind and number of a device (-1: open), the target that code for it is made for (None: open), and the scope of
    its memory (empty: open). Two places are one when their parts are.
    """

    device_type: int = -1
    number: int = -1
    target: Any = None
    scope: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nothing is known."""
        return self == ANYWHERE

    @property
    def is_complete(self) -> bool:
        """Whether nothing is open."""
        return self.target is not None and self.number != -1 and self.scope != ""

    def record(self) -> Record | None:
        """As the IR holds it, one object per place; nothing for a place of which nothing is known."""
        return None if self.is_open else _record(self)

    def joined(self, other: Place) -> Place | None:
        """What both say; None where they contradict each other."""
        parts = [_joined(*pair) for pair in zip(self, other, ANYWHERE, strict=True)]
        return None if _CONTRADICTION in parts else Place(*parts)

    def with_default(self, default: Place) -> Place:
        """This place, and what is open as ``default`` has it, as far as that is for the same kind of device."""
        device_type = default.device_type if self.device_type == -1 else self.device_type
        fits = default.device_type == device_type
        return Place(
            device_type,
            default.number if self.number == -1 else self.number,
            default.target if self.target is None and fits else self.target,
            self.scope or default.scope,
        )

    def __str__(self) -> str:
        return str(self.record()) if self.target is None else f"{self.target} {self.number} {self.scope}".strip()


class Held:
    """A target that came with a recorded program, compared by what it holds."""

    __slots__ = ("key", "value")

    def __init__(self, value: Record) -> None:
        self.value = value
        self.key = _key(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


ANYWHERE = Place()
_CONTRADICTION = object()


@cache
def _record(place: Place) -> Record:
    target = place.target.value if isinstance(place.target, Held) else place.target
    return of_parts(place.device_type, place.number, target, place.scope)


def place_of(device: Record | None) -> Place:
    """The place that a VirtualDevice of the IR says."""
    if device is None:
        return ANYWHERE
    found = {entry.name: entry.value for entry in device.entries}
    target = found["target"]
    if isinstance(target, Record):
        target = Held(target)
    kind = target.get_target_device_type() if isinstance(target, Target) else int(found["device_type_int"])
    return Place(kind, int(found["virtual_device_id"]), target, found["memory_scope"] or "")


def _joined(a: Any, b: Any, unknown: Any) -> Any:
    if a == unknown:
        return b
    return a if b in (unknown, a) else _CONTRADICTION


def _key(value: Any) -> Any:
    if isinstance(value, Record):
        return value.type_key, value.text, tuple((entry.name, _key(entry.value)) for entry in value.entries)
    return repr(value)
