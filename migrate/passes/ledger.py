"""The ledger: one row for each Relay pass, saying what it is in Relax and how that is known.

The rows are data (``ledger.json``), by name. A pass of ``tvm.relay.transform`` goes by its own name, others by their
dotted name without ``tvm``. Which passes there are and what Relax offers for them was read off TVM 0.19 and 0.27.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from relay_compat.transform.registry import NAMES
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.passes import Contract


class Status(enum.Enum):
    """What became of a Relay pass here."""

    PORTED = "ported"
    SUPERSEDED = "superseded"
    BRIDGED = "bridged"
    REFUSED = "refused"
    PENDING = "pending"


class Offer(enum.Enum):
    """What TVM itself offers in Relax for it."""

    DIRECT = "direct"
    PARTIAL = "partial"
    SUPERSEDED = "superseded"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Row:
    """One Relay pass.

    * ``relax``: names in ``tvm.relax.transform`` that do its work, whole or in part, by TVM release.
    * ``contract``: what the port may change about the numbers; None while there is no port.
    * ``needs``: passes whose work it builds on: those that TVM runs before it or inside of it.
    * ``assumes``: what must hold of a program for the port to agree with the original.
    * ``evidence``: what shows it: tests (``tests/FILE.py::NAME``), recorded cases of a pass
      (``corpus: relax_passes/NAME``), names of TVM that do it (``TVM 0.27: tvm.relax.transform.NAME``). Every row has
      some that is ported, superseded or refused.
    * ``reason``: why it is refused or superseded; ``note``: what else one should know.
    """

    name: str
    status: Status
    offers: Offer
    relax: Mapping[str, tuple[str, ...]]
    contract: Contract | None = None
    needs: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    reason: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "name": self.name,
            "status": self.status.value,
            "offers": self.offers.value,
            "relax": {release: list(names) for release, names in self.relax.items()},
            "contract": self.contract.value if self.contract else None,
            "needs": list(self.needs),
            "assumes": list(self.assumes),
            "evidence": list(self.evidence),
            "reason": self.reason,
            "note": self.note,
        }


@lru_cache(maxsize=1)
def ledger() -> Mapping[str, Row]:
    """All rows by name, in the order of the file."""
    return read(files("migrate.passes").joinpath("ledger.json").read_text("utf-8"))


def read(text: str) -> dict[str, Row]:
    """Rows from JSON; ValueError for a row that contradicts itself, KeyError or TypeError for one that is misspelt."""
    return {name: _row(name, dict(values)) for name, values in json.loads(text).items()}


def row(name: str) -> Row:
    """The row of one pass; DiagnosticError R2R0703 when the ledger has none."""
    found = ledger().get(name)
    if found is None:
        close = [known for known in ledger() if name.lower() in known.lower()]
        hint = f"did you mean {', '.join(close)}?" if close else "run 'relay2relax passes' for the list"
        raise fail(codes.BAD_OPTION, f"the ledger has no pass {name!r}", hint=hint)
    return found


def exists_on_relay(of: Row) -> bool:
    """Whether :mod:`relay_compat` has the pass, for modules of Relay."""
    return of.name.removeprefix("relay.").removeprefix("_").replace("transform.", "") in NAMES


def _row(name: str, values: dict[str, Any]) -> Row:
    contract = values.pop("contract", None)
    made = Row(
        name=name,
        status=Status(values.pop("status")),
        offers=Offer(values.pop("offers")),
        relax={release: tuple(names) for release, names in values.pop("relax", {}).items()},
        contract=Contract(contract) if contract else None,
        needs=tuple(values.pop("needs", ())),
        assumes=tuple(values.pop("assumes", ())),
        evidence=tuple(values.pop("evidence", ())),
        **values,
    )
    if made.status is Status.PORTED and not (made.contract and made.evidence):
        raise ValueError(f"{name} is ported, so its row needs a contract and evidence")
    if made.status in (Status.REFUSED, Status.SUPERSEDED) and not (made.reason and made.evidence):
        raise ValueError(f"{name} is {made.status.value}, so its row needs a reason and evidence")
    return made
