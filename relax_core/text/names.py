"""Names in printed text: Python identifiers, unique in their scope, chosen as TVM's printer chooses them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Hashable

_FOREIGN = re.compile(r"[^A-Za-z0-9_]")
RESERVED = frozenset({"I", "R", "T", "Module", "TypeVar", "cls", "float", "metadata"})
"""Names that printed text uses for itself."""


def identifier(name: str) -> str:
    """``name`` with foreign bytes replaced by ``_``; an identifier also where TVM would print an unreadable one."""
    if not (name.isidentifier() and name.isascii()):
        name = _FOREIGN.sub(lambda found: "_" * len(found[0].encode("utf-8", "replace")), name)
        if not name or name[0].isdigit():
            name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


class Names:
    """Names given to objects, in nested scopes. Leaving a scope frees the names given in it."""

    def __init__(self) -> None:
        self._given: dict[Hashable, str] = {}
        self._taken: set[str] = set(RESERVED)
        self._next: dict[str, int] = {}
        self._scopes: list[list[Hashable]] = [[]]

    def get(self, item: Hashable) -> str | None:
        """The name of an object, None when it has none in the scopes that are open."""
        return self._given.get(item)

    def define(self, item: Hashable, wish: str, level: int = -1, avoid: Collection[str] = ()) -> str:
        """Give ``item`` a name in the scope ``level``: ``wish`` made an identifier, with a number if it is taken or one
        to avoid.

        An item that has a name already, as in a program that defines a variable twice, keeps it.
        """
        known = self._given.get(item)
        if known is not None:
            return known
        name = base = (
            wish if wish.isidentifier() and wish.isascii() and not keyword.iskeyword(wish) else identifier(wish)
        )
        if name in self._taken or name in avoid:
            number = self._next.get(base, 1)
            name = f"{base}_{number}"
            while name in self._taken or name in avoid:
                number += 1
                name = f"{base}_{number}"
            self._next[base] = number + 1
        self._taken.add(name)
        self._given[item] = name
        self._scopes[level].append(item)
        return name

    def alias(self, item: Hashable, known: Hashable) -> str:
        """Let ``item`` have the name that ``known`` has."""
        name = self._given[item] = self._given[known]
        return name

    def enter(self) -> int:
        """Open a scope; gives its level."""
        self._scopes.append([])
        return len(self._scopes) - 1

    def leave(self) -> None:
        """Close the innermost scope."""
        freed = self._scopes.pop()
        for item in freed:
            self._taken.discard(self._given.pop(item))
        if freed:
            self._next.clear()
