"""What a generated program may hold beside operators. Each program draws a subset, so that programs differ in kind.

A program with everything in it hides things: two constructs that would show a fault alone may mask it together (Groce
and others, Swarm testing, 2012). And a pass that does not take some construct is tried on programs without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from migrate.verify.generate.choices import Choices


class Feature(StrEnum):
    """One thing that a program may hold. A program without it holds none."""

    LET = "let"
    SHARE = "share"
    """Nodes that are used more than once."""
    IF = "if"
    TUPLE = "tuple"
    """Tuples as values, also nested ones, as parameters and as results."""
    DTYPES = "mixed dtypes"
    """Element types that change within the program."""
    OPERATORS = "every operator"
    """Operators that no row tells how to reach, by calls that their cards draw."""
    EMPTY = "no elements"
    """Tensors without elements."""
    GLOBAL = "global functions"
    CLOSURE = "closure"
    """Local functions, which may capture what is around them."""
    HIGHER_ORDER = "higher order"
    """Functions as arguments; needs CLOSURE to have any."""
    PARTIAL = "partial call"
    """Functions that answer functions; needs CLOSURE."""
    LOOP = "loop"
    """Functions that call themselves, so often as a counter says."""
    POLYMORPHIC = "polymorphic"
    """Global functions with type parameters; needs GLOBAL."""
    DATA = "data"
    """Algebraic data types and matches."""
    REF = "references"
    """References, so effects whose order matters."""
    RANDOM = "random"
    DYNAMIC = "open dimensions"
    """Parameters with dimensions that only their arguments tell."""
    TRAINING = "training"
    """Gradients and steps of training."""
    QNN = "qnn"


Features = frozenset[Feature]

EVERYTHING: Features = frozenset(Feature)
PLAIN: Features = frozenset({Feature.LET, Feature.SHARE, Feature.IF, Feature.TUPLE, Feature.DTYPES})
"""Straight-line code and branches: what every pass takes."""
PURE: Features = EVERYTHING - {Feature.REF, Feature.RANDOM}
"""No effects: results do not depend on what is evaluated when, and how often."""


def draw_features(choices: Choices, allowed: Iterable[Feature]) -> Features:
    """A subset of ``allowed``, each with an even chance; the plainest is the empty one."""
    held = frozenset(allowed)
    return frozenset(feature for feature in Feature if feature in held and choices.flag())
