"""The metadata section of a text that is being printed: objects without a spelling of their own, by kind and number."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from relay_compat.json.map_order import map_order
from relay_compat.json.writer import save_metadata
from tensor_core.attrs import Attrs

OMITTED = (
    "/* For debugging purposes the metadata section has been omitted.\n"
    " * If you would like to see the full metadata section you can set the \n"
    " * option to `True` when invoking `astext`. \n"
    " */"
)
"""What stands in place of the section when it is not wanted."""


class Metadata:
    """Collects objects in the order of their first use."""

    def __init__(self) -> None:
        self._texts: dict[Hashable, str] = {}
        self._objects: dict[str, list[Any]] = {}
        self._alive: list[Any] = []

    def __bool__(self) -> bool:
        return bool(self._objects)

    def refer(self, value: Any, type_key: str, key: Hashable = None, owner: Any = None) -> str:
        """The reference to an object, known by its identity or by ``key``, which is unique while ``owner`` lives."""
        identity = id(value) if key is None else key
        text = self._texts.get(identity)
        if text is None:
            entries = self._objects.setdefault(type_key, [])
            text = self._texts[identity] = f"meta[{type_key}][{len(entries)}]"
            entries.append(value)
            self._alive.append(owner)
        return text

    def section(self) -> str:
        """The JSON of the section."""
        table = {key: tuple(self._objects[key]) for key in map_order(self._objects)}
        return save_metadata(Attrs("Map", table))
