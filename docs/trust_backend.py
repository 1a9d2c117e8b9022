"""What the backend costs, and that it lasts: two sections of the page of trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markup import table

_GOALS = {"cold": 40, "warm": 100}
_NAMES = {
    "cold": "relay2relax, nothing known of any kernel",
    "warm": "relay2relax, new graphs of calls that were seen before",
    "TVM 0.19": "TVM 0.19: `relay.build`, `relay_translator`, `relax.build`",
}


def checks(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """What a check of a small program costs, beside TVM's."""
    head = ("checked by", "ms of CPU a check", "checks a second", "times TVM's rate", "goal", "programs", "outcomes")
    theirs = rows.get("TVM 0.19", {}).get("milliseconds")
    shown = [(*_row(name, row, theirs), ", ".join(f"{n} {what}" for what, n in row["outcomes"].items()))
             for name, row in rows.items()]  # fmt: skip
    return f"""## Checks of small programs

Relay against its conversion, on generated programs of about ten operators: types are inferred, the program is
converted, both sides are lowered, compiled, run and compared; all of it is timed. CPU time of one thread, all in one
run on one machine (`python -m benchmarks checks`). Programs that TVM refuses do not count for it.

{table(head, shown)}"""


def _row(name: str, row: Mapping[str, Any], theirs: float | None) -> tuple[str, ...]:
    times = "" if theirs is None else f"{theirs / row['milliseconds']:.1f}"
    goal = str(_GOALS.get(name, ""))
    told = f"{row['milliseconds']:.2f}", f"{row['per_second']:.1f}", times, goal, f"{row['programs']:,}"
    return _NAMES.get(name, name), *told


def soak(found: Mapping[str, Any]) -> str:
    """Memory of a process that compiled and ran many programs."""
    outcomes = ", ".join(f"{count:,} {what}" for what, count in found["outcomes"].items())
    told = f" ({outcomes})" if outcomes else ""
    curve = found["curve"][:: max(1, len(found["curve"]) // 10)]
    curve = curve if curve[-1] is found["curve"][-1] else [*curve, found["curve"][-1]]
    head = ("programs", "resident, MB", "kernels kept", "of about MB")
    shown = [(f"{look['programs']:,}", f"{look['resident_mb']:.0f}", f"{look['kernels']:,}", f"{look['cache_mb']:.0f}")
             for look in curve]  # fmt: skip
    return f"""## A soak

{found["programs"]:,} generated programs, each another one, compiled and run in one process{told}, which did not
crash. Compiled kernels stay in memory up to a bound of 256 MB (`python -m benchmarks.measure_soak`).

{table(head, shown)}"""
