"""Ways to make a program smaller, as the search sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from migrate.verify.generate.program import Program

Edit = Any
"""One change to one program; only the kind that found it knows what it is."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to make programs smaller.

    ``find`` lists the changes that can be made to a program, those that remove most first; ``apply`` makes some of
    them at once, None where that is impossible. What comes out need not be well-typed, and need not be smaller.
    ``together``: whether changes are tried in groups; else each by itself, in order: they are alternatives.
    ``ordered``: the alternatives grow, so that the first one that still fails is looked for by halving.
    """

    name: str
    find: Callable[[Program], Sequence[Edit]]
    apply: Callable[[Program, Sequence[Edit]], Program | None]
    together: bool = True
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """What the search has to know of an IR: the kinds, in the order in which they are tried; how to type a program
    (DiagnosticError when it cannot be); how large one is, smaller coming first; and what tells two programs apart.
    """

    kinds: tuple[Kind, ...]
    typed: Callable[[Program], Program]
    size: Callable[[Program], tuple[float, ...]]
    nodes: Callable[[Program], int]
    digest: Callable[[Program], object]
