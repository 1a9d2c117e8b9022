"""Kernels of calls, kept from program to program: what a card makes of equal parameters and types is one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.from_card import Known, lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.card import OpCard, Reject
from tensor_core.types import Type

_LARGEST = 4096
_NOTHING: Mapping[int, Known] = {}


def kernel_of(
    card: OpCard[Any],
    params: Any,
    types: tuple[Type, ...],
    known: Mapping[int, Known] = _NOTHING,
    known_key: Any = None,
) -> PrimFunc | None:
    """As :func:`~tensor_core.loops.from_card.lower_card`; None when the card, or one that its expansion calls, has no
    lowering, or refuses these types.

    ``known_key``: a hashable value that tells ``known`` from others. Raises DiagnosticError R2R0604 as ``lower_card``.
    """
    # The text tells 0.0 and -0.0 apart, which are equal; the value tells symbolic variables of one name apart.
    return _made(_Call(card, params, repr(params), types, known_key, known))


def forget() -> None:
    """Make all kernels anew: for those who change cards."""
    _made.cache_clear()


@dataclass(frozen=True, slots=True)
class _Call:
    card: OpCard[Any]
    params: Any
    text: str
    types: tuple[Type, ...]
    known_key: Any
    known: Mapping[int, Known] = field(compare=False)


@lru_cache(_LARGEST)
def _made(call: _Call) -> PrimFunc | None:
    try:
        return lower_card(call.card, call.params, call.types, known=call.known)
    except Reject:
        return None
    except DiagnosticError as error:
        if any(item.code is not codes.NO_REFERENCE for item in error.diagnostics):
            raise
        return None
