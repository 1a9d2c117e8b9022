"""Terms: what is computed as a graph in which equal parts are one, and digests of it.

Made by hash consing (Filliâtre and Conchon, Type-Safe Modular Hash-Consing, 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

Term = int
"""A place in the table of terms."""


@dataclass(frozen=True, slots=True)
class Name:
    """A function, by the name that it has in the program: in digests it has a number."""

    name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """What cannot be looked into: it is like nothing else. It counts where something depends on it."""

    what: str
    number: int


@dataclass(slots=True)
class Graph:
    """The terms of one function: each a kind, what tells it from others of its kind, and operands."""

    terms: list[tuple[str, Hashable, tuple[Term, ...]]] = field(
        default_factory=list[tuple[str, Hashable, tuple[Term, ...]]]
    )
    known: dict[Any, Term] = field(default_factory=dict[Any, Term])

    def make(self, kind: str, what: Hashable, *operands: Term) -> Term:
        """The place of a term."""
        key = (kind, what, operands)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = len(self.terms)
            self.terms.append(key)
        return found

    def digest(self, roots: Sequence[Term], number: Callable[[str], int], met: Callable[[str], None]) -> bytes:
        """Of the terms that the roots are made of, whatever their places in the table.

        ``number`` gives functions their numbers, in an order that the terms themselves give; ``met`` is told of each
        term that cannot be looked into.
        """
        found: dict[Term, bytes] = {}
        stack = list(reversed(roots))
        while stack:
            term = stack[-1]
            kind, what, parts = self.terms[term]
            missing = [part for part in parts if part not in found]
            if missing:
                stack += reversed(missing)
                continue
            stack.pop()
            if term in found:
                continue
            if isinstance(what, Unknown):
                met(what.what)
            named = number(what.name) if isinstance(what, Name) else what
            found[term] = hashed(repr((kind, named)).encode(), *(found[part] for part in parts))
        return hashed(*(found[root] for root in roots))


def hashed(*parts: bytes) -> bytes:
    """The hash of parts, their lengths included, so that they are kept apart (BLAKE2b)."""
    state = blake2b(digest_size=20)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.digest()
