"""Whether two lists of parameters mean the same for a call, where they are not written alike: an axis counted from the
end, halves rounded in a place where there are none.

Either Relax's operator says both in the same words, or both have the same tensor program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relax_core.structural import structural_equal
from relax_core.text.release import NEWEST
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.from_card import lower_card
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import Card
from tensor_core.ops.spelling import relax_written
from tensor_core.prim import AnyDim, Var
from tensor_core.tir.from_loops import from_loops
from tensor_core.types import TensorType, TupleType, Type


def mean_the_same(card: Card, one: Any, other: Any, types: Sequence[Type]) -> bool:
    """Whether calls with these parameters compute the same for all arguments of these types."""
    # The text tells 0.0 and -0.0 apart, and finds NaN equal to itself.
    if one == other or repr(one) == repr(other):
        return True
    named = [_named(type_) for type_ in types]
    return _said_alike(card, one, other, named) or _computed_alike(card, one, other, named)


def _said_alike(card: Card, one: Any, other: Any, types: Sequence[Type]) -> bool:
    spelling = card.relax_for(NEWEST)
    if spelling is None:
        return False
    try:
        if spelling.fits and (spelling.fits(one, types, NEWEST) or spelling.fits(other, types, NEWEST)):
            return False
        return relax_written(spelling, one, types) == relax_written(spelling, other, types)
    except Reject:
        return False


def _computed_alike(card: Card, one: Any, other: Any, types: Sequence[Type]) -> bool:
    try:
        first, second = (from_loops(lower_card(card, params, types)) for params in (one, other))
    except (Reject, DiagnosticError):
        return False
    return structural_equal(first, second)


def _named(type_: Type) -> Type:
    """The type with a name for each open size, so that there is a program for it."""
    if isinstance(type_, TupleType):
        return TupleType(tuple(map(_named, type_.fields)))
    if not isinstance(type_, TensorType):
        return type_
    dims = [Var(f"n{axis}", "int64") if isinstance(dim, AnyDim) else dim for axis, dim in enumerate(type_.shape)]
    return TensorType(tuple(dims), type_.dtype)
