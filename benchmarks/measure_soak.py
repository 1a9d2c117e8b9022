"""A soak: 20,000 generated programs compiled and run in one process, and what memory that takes.

    python -m benchmarks.measure_soak [PROGRAMS]

Each program is another one, drawn with everything that the language has, lowered, compiled into the cache that all
machines share, and run. Resident memory and the cache are looked at forty times on the way. A crash ends the process,
and nothing is written; a refusal is counted. With ``RELAY2RELAX_WRITE`` the curve is written for the page.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.peers import ROOT
from cpu_backend.cache import KERNELS
from cpu_backend.jit import Options
from cpu_backend.machine import Machine
from migrate.verify.generate import draw_program
from migrate.verify.generate.choices import of_seed
from relay_compat.lower import lower
from tensor_core.diagnostics import DiagnosticError

PROGRAMS, LOOKS = 20_000, 40
SEED = "soak"
MEGABYTE = 1 << 20


def outcome(number: int) -> str:
    """Draw a program, compile and run it."""
    program = draw_program(of_seed(f"{SEED}:{number}"))
    try:
        with np.errstate(all="ignore"):
            Machine(lower(program.module), options=Options(once=True)).run(program.args)
    except DiagnosticError as error:
        return f"refused, {error.diagnostics[0].code.id}"
    return "ran"


def soak(count: int) -> dict[str, Any]:
    """The curve and what came of the programs."""
    outcomes: Counter[str] = Counter()
    curve = [_look(0)]
    start = time.process_time()
    for number in range(count):
        outcomes[outcome(number)] += 1
        if (number + 1) % max(1, count // LOOKS) == 0:
            curve.append(_look(number + 1))
            print(json.dumps(curve[-1]), file=sys.stderr, flush=True)
    seconds = time.process_time() - start
    return {"programs": count, "seconds": seconds, "outcomes": dict(outcomes), "curve": curve}


def _look(number: int) -> dict[str, Any]:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    return {
        "programs": number, "resident_mb": round(resident, 1), "kernels": len(KERNELS),
        "cache_mb": round(KERNELS.size / MEGABYTE, 1),
    }  # fmt: skip


def main() -> None:
    """Print the curve."""
    found = soak(int(sys.argv[1]) if len(sys.argv) > 1 else PROGRAMS)
    table = Table("programs", "resident MB", "kernels kept", "of about MB")
    for look in found["curve"]:
        table.add_row(*map(str, look.values()))
    console = Console()
    console.print(table)
    told = ", ".join(f"{count} {what}" for what, count in found["outcomes"].items())
    console.print(f"{told}; {1000 * found['seconds'] / found['programs']:.1f} ms of CPU a program")
    if os.environ.get("RELAY2RELAX_WRITE"):
        path = ROOT / "tests" / "corpus" / "trust" / "soak.json"
        path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
