"""What a user may ask of a conversion. The arguments of ``convert`` and the options of the command are these fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from migrate.forward.dynamic.requests import DimRequest
from tensor_core import codes
from tensor_core.diagnostics import fail

EXACT, QDQ_FORM = "exact", "qdq"
QNN = (EXACT, QDQ_FORM)
"""How quantized operators are said: in integers, as Relay has them, or in floats between dequantize and quantize."""

DPS = "dps"
PREFERENCES = ("", DPS)
"""What is preferred to operators of Relax: nothing, or the library functions that cards name."""


@dataclass(frozen=True, slots=True)
class Options:
    """``target``: the release of TVM to say it for. ``expand``: cards to write out although the target has them.

    ``dims``: what is said of open dimensions, by PARAMETER.AXIS. ``assume_equal``: open dimensions that meet in a
    broadcast are equal, none of them is 1 beside a larger one.
    ``qnn``: one of ``QNN``; ``prefer``: one of ``PREFERENCES``; ``bind_params``: parameters
    with known arrays are constants.
    """

    target: str = "0.27"
    expand: frozenset[str] = frozenset()
    dims: Mapping[str, DimRequest] = field(default_factory=dict[str, DimRequest])
    assume_equal: bool = False
    qnn: str = EXACT
    prefer: str = ""
    bind_params: bool = False

    def __post_init__(self) -> None:
        for name, known in (("qnn", QNN), ("prefer", PREFERENCES)):
            if getattr(self, name) not in known:
                listed = ", ".join(repr(item) for item in known)
                raise fail(codes.BAD_OPTION, f"{name} must be one of {listed}, not {getattr(self, name)!r}")


def expandable(names: Collection[str]) -> frozenset[str]:
    """The names as a set; R2R0703 for one that no card with an expansion has."""
    # The cards are loaded where they are asked for, not for the options' own sake: commands are made of the options.
    from tensor_core.ops.registry import registry

    for name in names:
        card = registry().by_name.get(name)
        if card is None or card.expand is None:
            raise fail(
                codes.BAD_OPTION, f"no card called {name!r} has an expansion", hint="docs/reference lists the cards"
            )
    return frozenset(names)
