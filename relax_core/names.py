"""Unique names, counted as TVM's name supply counts: lv, lv1, lv2."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_UNFIT = re.compile(r"\W")


class NameTable:
    """Names in use. A name that is taken gets the next number that makes it new."""

    __slots__ = ("_given", "_next", "_taken")

    def __init__(self, taken: Iterable[str] | Callable[[], Iterable[str]] = ()) -> None:
        """``taken`` may be a function, which is asked when the first name is needed."""
        self._given = taken
        self._taken: set[str] | None = None if callable(taken) else set(taken)
        self._next: dict[str, int] = {}

    def reserve(self, name: str) -> None:
        """Mark a name as used."""
        self._names().add(name)

    def unique(self, hint: str) -> str:
        """``hint`` itself when it is free, else with a number appended; amortised constant time."""
        taken = self._taken if self._taken is not None else self._names()
        name = hint
        if name in taken:
            count = self._next.get(hint, 0) + 1
            name = f"{hint}{count}"
            while name in taken:
                count += 1
                name = f"{hint}{count}"
            self._next[hint] = count
        taken.add(name)
        return name

    def _names(self) -> set[str]:
        if self._taken is None:
            self._taken = set(self._given() if callable(self._given) else self._given)
        return self._taken


def identifier(hint: str) -> str:
    """The hint as a Python identifier: other characters become underscores."""
    if hint.isidentifier():
        return hint
    name = _UNFIT.sub("_", hint) or "_"
    return f"v{name}" if name[0].isdigit() else name
