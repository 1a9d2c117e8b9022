"""All skeletons: one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from migrate.verify.generate.features import Feature, Features
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons import (
    effects,
    folding,
    layers,
    lifetimes,
    neighbours,
    openness,
    patterns,
    places,
    recursion,
    training,
)
from relay_compat.ir.expr import Expr


@dataclass(frozen=True, slots=True)
class Skeleton:
    """``make`` draws the whole body of ``main`` of a program that may hold all ``needs``. ``weight``: how often it is
    listed among the choices.
    """

    make: Callable[[Maker], Expr]
    needs: Features = frozenset()
    weight: int = 1

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return self.make.__name__


def _row(make: Callable[[Maker], Expr], *needs: Feature, weight: int = 1) -> Skeleton:
    return Skeleton(make, frozenset(needs), weight)


FOLDING: tuple[Skeleton, ...] = (
    _row(folding.below),
    _row(folding.shown, Feature.TUPLE, weight=2),
    _row(folding.twice, Feature.SHARE),
    _row(folding.projected, Feature.TUPLE),
    _row(folding.branch, Feature.IF),
    _row(folding.free),
)
"""Those around calls on constants, for passes that look for such."""

SKELETONS: tuple[Skeleton, ...] = (
    _row(folding.free, weight=8),
    *FOLDING[:-1],
    _row(lifetimes.shared, Feature.SHARE),
    _row(lifetimes.branch_only, Feature.IF, Feature.SHARE),
    _row(lifetimes.shadowed, Feature.LET),
    _row(lifetimes.long_lived, Feature.LET),
    _row(recursion.counted, Feature.LOOP, Feature.LET, Feature.IF, Feature.TUPLE),
    _row(recursion.folded, Feature.DATA, Feature.GLOBAL),
    _row(effects.sandwich, Feature.REF, Feature.LET, weight=5),
    _row(lifetimes.dead, Feature.REF, Feature.LET),
    _row(lifetimes.alias, Feature.REF, Feature.LET),
    _row(recursion.with_reference, Feature.REF, Feature.LET, Feature.LOOP, Feature.IF, Feature.CLOSURE),
    _row(training.step, Feature.TRAINING, Feature.REF, Feature.LET, Feature.TUPLE, Feature.GLOBAL),
    _row(effects.called, Feature.REF, Feature.LET, Feature.GLOBAL, weight=2),
    _row(neighbours.chained, weight=6),
)
"""All of them, the plainest first."""

LAYERS: tuple[Skeleton, ...] = (
    _row(layers.convolution),
    _row(layers.pooling),
    _row(layers.normalisation),
    _row(layers.scaled),
    _row(layers.parallel, Feature.TUPLE),
)
"""Those around layers of networks, for passes that look for such."""

PATTERNS: tuple[Skeleton, ...] = (
    _row(patterns.casts),
    _row(patterns.root),
    _row(patterns.quotient),
    _row(patterns.moves),
    _row(patterns.products),
)
"""Those around what simplifications look for."""

PLACES: tuple[Skeleton, ...] = (_row(places.order), _row(places.slices))
"""Those around operators that tell places apart."""

SCALARS: tuple[Skeleton, ...] = (_row(places.scalars),)
"""Those around scalars that a text may say wrongly."""

OPEN: tuple[Skeleton, ...] = (_row(openness.rows),)
"""Those around parameters of open sizes."""

DATA: tuple[Skeleton, ...] = (_row(openness.either),)
"""Those around values of an algebraic data type."""

SMOOTH: tuple[Skeleton, ...] = (_row(patterns.straight),)
"""Straight-line code that has a gradient."""
