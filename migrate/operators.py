"""What the cards say about operators, for people: the rows behind ``relay2relax ops`` and the reference page."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tensor_core import dtypes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import did_you_mean
from tensor_core.loops.from_card import lower_card
from tensor_core.ops.card import REQUIRED, Field, Reject, RelaxSpelling, Rounding
from tensor_core.ops.draw import Draw, Drawn
from tensor_core.ops.evidence import evidence
from tensor_core.ops.registry import Card, registry
from tensor_core.types import TensorType, leaves

TARGETS = ("0.27", "0.19")
"""The releases of Relax whose spellings are told."""
_DRAWS = 60


@dataclass(frozen=True)
class Operator:
    """One operator as its card describes it. What has to be tried out is tried when it is first asked for."""

    card: Card

    @property
    def says(self) -> dict[str, str]:
        """By target release, how a Relay call is said in Relax; empty for an operator that Relay does not have.

        "1:1", "expanded", "call_tir", "refused", and "1:1 or ..." where that depends on the parameters.
        """
        if not self.card.relay:
            return {}
        return {release: _said(self.card, self.card.relax_for(release)) for release in TARGETS}

    @cached_property
    def drawn(self) -> tuple[Drawn, ...]:
        """The same calls each time."""
        return tuple(_drawn(self.card))

    @cached_property
    def runs(self) -> str:
        """How it runs, by drawn calls: "machine code", "machine code with constants" where sizes or scales are stated,
        "machine code or reference" where some calls have no tensor program, "reference", or "no".
        """
        return _runs(self.card, self.drawn)

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The element types of the first operand that drawn calls have."""
        return tuple(sorted({leaf.dtype for call in self.drawn for leaf in _first(call)}, key=_place))

    @property
    def relax_names(self) -> tuple[str, ...]:
        """The names in Relax, as of the target releases."""
        found = (self.card.relax_for(release) for release in TARGETS)
        return tuple(dict.fromkeys(spelling.name for spelling in found if spelling))

    @property
    def since(self) -> str:
        """The first release of Relax that has it, "" for none; 0.19 stands for it and what came before."""
        return min((item.since for item in self.card.relax), key=_number, default="")

    @property
    def until(self) -> str:
        """The first release of Relax that has it no more; "" for none."""
        ends = [item.until for item in self.card.relax]
        return "" if not ends or None in ends else max((end for end in ends if end), key=_number)

    @property
    def gradient(self) -> str:
        """Whether calls are differentiated: "yes", "Relax" for one in Relax only, or ""."""
        if self.card.gradient:
            return "yes"
        return "Relax" if any(spelling.gradient for spelling in self.card.relax) else ""

    @property
    def evidence(self) -> tuple[str, ...]:
        """In which releases real calls are on record."""
        return evidence(self.card)

    @property
    def agreement(self) -> str:
        """How far two right implementations may differ."""
        model = self.card.error
        if not isinstance(model, Rounding):
            return "exact"
        told = (model.factor, " + length"), (model.magnitude, " scaled"), (model.coarser, ", narrower")
        return f"{model.ulps:g} ulp" + "".join(text for part, text in told if part)

    @property
    def traits(self) -> tuple[str, ...]:
        """What else the card states about results."""
        told = [*sorted(law.value for law in self.card.laws), *sorted(effect.value for effect in self.card.effects)]
        return (*told, *["jumps"] * bool(self.card.margin), *["open in places"] * bool(self.card.undefined))

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "name": self.card.name,
            "inputs": [
                {"name": item.name, "variadic": item.variadic, "optional": item.optional} for item in self.card.inputs
            ],
            "relay": self.card.relay and {
                "name": self.card.relay.name, "attributes": [_attribute(item) for item in self.card.relay.fields],
            },
            "relax": [
                {
                    "name": item.name, "since": item.since, "until": item.until,
                    "operands": [operand.name for operand in item.operands],
                    "attributes": [_attribute(field) for field in item.fields],
                }
                for item in self.card.relax
            ],
            "says": self.says,
            "runs": self.runs,
            "dtypes": list(self.dtypes),
            "gradient": self.gradient,
            "agreement": self.agreement,
            "traits": list(self.traits),
            "evidence": list(self.evidence),
        }  # fmt: skip


def _attribute(item: Field) -> dict[str, Any]:
    told = {"name": item.name, "kind": item.kind.value}
    if item.default is REQUIRED:
        return told
    default: Any = dict(item.default) if isinstance(item.default, Attrs) else item.default
    return told | {"default": default}


def _number(release: str | None) -> tuple[int, ...]:
    return tuple(map(int, (release or "0").split(".")))


def find(name: str) -> Card | None:
    """The card of an operator called by any of its names: the card's, Relay's, Relax's with or without "relax."."""
    known = registry()
    tables = (known.by_relay, known.by_name, known.by_relax)
    return next(
        (table[each] for table in tables for each in (name, f"relax.{name}") if each in table),
        None,
    )


def suggestion(name: str) -> str:
    """What an unknown name may have meant; empty when nothing is near."""
    known = registry()
    return did_you_mean(name, dict.fromkeys([*known.by_name, *known.by_relay, *known.by_relax]))


def operators() -> Iterator[Operator]:
    """Every card of the product and of installed packages, by name."""
    return (Operator(card) for card in sorted(registry(), key=lambda card: card.name))


def _said(card: Card, spelling: RelaxSpelling | None) -> str:
    otherwise = "library" if card.library else "expanded" if card.expand else "call_tir" if card.lower else "refused"
    if spelling is None:
        return otherwise
    return f"1:1 or {otherwise}" if spelling.fits else "1:1"


def _place(dtype: str) -> tuple[bool, bool, str]:
    """Floats, integers, the others; each by name."""
    return not dtypes.is_float(dtype), not dtypes.is_int(dtype), dtype


def _drawn(card: Card) -> Iterator[Drawn]:
    source = random.Random(zlib.crc32(card.name.encode()))
    if card.draw is not None:
        for _ in range(_DRAWS):
            yield card.draw(Draw(source.randint))


def _first(call: Drawn) -> list[TensorType]:
    return [leaf for leaf in leaves(call.types[0]) if isinstance(leaf, TensorType)][:1] if call.types else []


def _runs(card: Card, drawn: Sequence[Drawn]) -> str:
    if not card.reference and not card.expand:
        return "no"
    if not card.lower and not card.expand:
        return "reference"
    tried = {_has_kernel(card, call) for call in drawn[:8]} or {card.lower is not None}
    return _NAMES[frozenset(tried)]


_NAMES = {
    frozenset([True]): "machine code",
    frozenset([False]): "reference",
    frozenset([None]): "machine code with constants",
    frozenset([True, False]): "machine code or reference",
    frozenset([True, None]): "machine code",
    frozenset([False, None]): "machine code or reference",
    frozenset([True, False, None]): "machine code or reference",
}
"""By what drawn calls have: a kernel, none, or one where the values that the call gives are constants (None)."""


def _has_kernel(card: Card, call: Drawn) -> bool | None:
    if _lowers(card, call, {}):
        return True
    return None if call.values and _lowers(card, call, call.values) else False


def _lowers(card: Card, call: Drawn, known: Mapping[int, Any]) -> bool:
    try:
        lower_card(card, call.params, call.types, known=known)
    except Reject:
        return False
    return True
