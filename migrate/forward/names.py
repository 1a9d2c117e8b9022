"""Names that are legal in a printed script: Relay names may hold anything, Python identifiers may not."""

from __future__ import annotations

import keyword
import re

_ILLEGAL = re.compile(r"\W")
_RESERVED = frozenset({"R", "T", "I", "cls", "Module", "metadata", "TypeVar", "tvm"})


class Names:
    """Hands out unique identifiers in one namespace."""

    __slots__ = ("_count", "_taken")

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._count: dict[str, int] = {}

    def identifier(self, name: str) -> str:
        """``name`` made legal and unique; the same name asked for twice gives two identifiers."""
        base = _ILLEGAL.sub("_", name) or "v"
        if base[0].isdigit() or base[0] == "_" or keyword.iskeyword(base) or base in _RESERVED:
            base = f"v{base}" if base[0] == "_" else f"v_{base}"
        chosen = base
        while chosen in self._taken:
            self._count[base] = self._count.get(base, 0) + 1
            chosen = f"{base}_{self._count[base]}"
        self._taken.add(chosen)
        return chosen
