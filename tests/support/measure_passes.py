"""Proves every pass that is on both sides, and hunts every wrong version of it; writes migrate/passes/proofs.json.

    python tests/support/measure_passes.py [PROGRAMS [PASS...]]

PROGRAMS (10,000 unless it is said) are generated for each pass, from seed 0; given PASSes replace their rows only, and
0 PROGRAMS only what their rows say of wrong versions. A wrong version is tried on up to 400 programs of the skeletons
that are for its rule, or of all: the identity in the place of either side, and the pass with each of its rules taken
out or made wrong (rule_mutants.py). The page of passes shows the figures.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rule_mutants import Decisions, mutants, own_skeletons
from rule_places import PLACES

from migrate.passes.ledger import Status, ledger
from migrate.passes.ports import pair, ports
from migrate.verify.proof import PortedPass, prove
from tensor_core.module import IRModule

FILE = Path(__file__).resolve().parents[2] / "migrate" / "passes" / "proofs.json"
PROGRAMS = 10_000
HUNT = 400
LIMIT = 60
"""Seconds for one program."""


def provable() -> list[PortedPass]:
    """Every pass that is on both sides, ported or bridged."""
    bridged = [pair(name) for name, found in ledger().items() if found.status is Status.BRIDGED]
    return [*ports().values(), *(port for port in bridged if port is not None)]


def wrong_versions(port: PortedPass) -> Iterator[tuple[str, AbstractContextManager[PortedPass], str]]:
    """Versions of the port that must fail, each in force within its block, with the rule that is wrong in it."""
    yield "identity on Relay", nullcontext(replace(port, relay=_same)), ""
    if not port.by_conversion and port.name in ports():
        yield "identity on Relax", nullcontext(replace(port, relax=_same)), ""
    for mutant in mutants(port.name):
        yield f"{mutant.rule} {mutant.kind} on {mutant.side.capitalize()}", mutant.in_force(), mutant.rule


def _same(module: IRModule) -> IRModule:
    return module


def killed_after(version: AbstractContextManager[PortedPass], rule: str = "") -> int | None:
    """How many programs it took to find a version wrong; None when it survived. One that raises, or does not end, is
    found wrong.
    """
    count = 0

    def tick(number: int) -> None:
        nonlocal count
        count = number
        signal.alarm(LIMIT)

    try:
        with version as wrong:
            around = replace(wrong, skeletons=own_skeletons(rule, wrong))
            return None if prove(around, HUNT, reduced=False, tick=tick) else count
    except Exception:
        return max(count, 1)
    finally:
        signal.alarm(0)


def measured(port: PortedPass, programs: int, known: dict[str, Any]) -> dict[str, Any]:
    """The row of a pass; without programs, the one that is ``known`` with wrong versions hunted anew."""
    if not programs:
        return {**known, "wrong versions": hunted(port)}
    proof = prove(port, programs)
    row = {key: value for key, value in proof.to_json().items() if key not in ("pass", "counterexample")}
    if proof.counterexample is not None:
        print(proof.counterexample, flush=True)
    return {**row, "wrong versions": hunted(port)}


def hunted(port: PortedPass) -> dict[str, Any]:
    """How many wrong versions of a pass were found out, and after how many programs."""
    survived: list[str] = []
    counts: list[int] = []
    for name, version, rule in wrong_versions(port):
        found = killed_after(version, rule)
        if found is None:
            survived.append(name)
        else:
            counts.append(found)
    needed = sorted(counts)
    return {
        "killed": len(needed),
        "total": len(needed) + len(survived),
        "median programs": needed[len(needed) // 2] if needed else 0,
        "most programs": needed[-1] if needed else 0,
        "survived": survived,
        "rules left out": left_out(port.name),
    }


def left_out(name: str) -> int:
    """How many rules of a pass no wrong version is made of, for operators that no program is built around."""
    return sum(place.left_out() for place in PLACES.get(name, ()) if not isinstance(place, Decisions))


def _late(number: int, frame: object) -> None:
    del number, frame
    raise TimeoutError


def main() -> None:
    """Measure and write, pass by pass."""
    signal.signal(signal.SIGALRM, _late)
    programs = int(sys.argv[1]) if len(sys.argv) > 1 else PROGRAMS
    wanted = sys.argv[2:]
    rows: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    for port in provable():
        if not wanted or port.name in wanted:
            rows[port.name] = measured(port, programs, rows.get(port.name, {}))
            print(port.name, rows[port.name], flush=True)
        FILE.write_text(json.dumps({name: rows[name] for name in sorted(rows)}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
