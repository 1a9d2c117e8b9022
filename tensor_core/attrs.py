"""The attributes of a call as its IR spells them: an immutable mapping with attribute access and a type key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Attrs(Mapping[str, Any]):
    """Attribute values by name, in the declaration order of the op's attribute struct.

    Values are plain Python: int, float, bool, str, None, a node, or tuples of these. ``attrs.strides`` and
    ``attrs["strides"]`` both work. Equality is by content; an absent attribute raises AttributeError / KeyError.
    """

    __slots__ = ("_values", "type_key")
    type_key: str
    _values: dict[str, Any]

    def __init__(self, type_key: str, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "type_key", type_key)
        object.__setattr__(self, "_values", dict(values))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"attributes are immutable: cannot set {name!r}")

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_values")[name]
        except KeyError:
            raise AttributeError(f"{self.type_key} has no attribute {name!r}") from None

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get_int(self, key: str) -> int:
        """An attribute that is an integer."""
        return int(self[key])

    def get_str(self, key: str) -> str:
        """An attribute that is a string."""
        return str(self[key])

    def get_int_tuple(self, key: str) -> tuple[int, ...]:
        """An attribute that is an array of integers."""
        return tuple(int(value) for value in self[key])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Attrs) and self.type_key == other.type_key and self._values == other._values

    def __hash__(self) -> int:
        return hash((self.type_key, *self._values.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return Attrs, (self.type_key, dict(self._values))

    def __repr__(self) -> str:
        return f"{self.type_key}({', '.join(f'{k}={v!r}' for k, v in self._values.items())})"
