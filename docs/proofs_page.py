"""The part of the page of passes that tells how each was proven."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markup import code, table

FILE = Path(__file__).resolve().parent.parent / "migrate" / "passes" / "proofs.json"


def section() -> str:
    """One row per pass that is on both sides."""
    rows: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    wrong = [row["wrong versions"] for row in rows.values()]
    programs = sum(row["programs"] for row in rows.values())
    killed, total = sum(item["killed"] for item in wrong), sum(item["total"] for item in wrong)
    head = ("pass", "programs", "changed", "on Relax", "results", "built around: programs changed", "wrong versions")
    return f"""## Proofs

What `tests/support/measure_passes.py` found (`tox run -e passes`, which tries 10,000 programs of each pass unless it is
told a number; the rows say how many these were): on generated programs the program, the program after the Relay version
and the converted program after the Relax version compute the same, and both versions have kept their promise; a bridged
pass, whose other version is itself, makes none.
{len(rows)} passes, {programs} programs; {killed} of {total} wrong versions were found out.
{_unhunted(rows)}
- *changed*: how many programs the Relay version changed; *on Relax*: how many the other version did, none where the
  conversion itself does all that is to be done. A pass that changed none is called vacuous.
- *results*: of the Relax side against the program, under the [error model](../explanation/equivalence.md).
- *built around*: what the programs hold that the pass looks for, most often one for each of its rules, and how many of
  those the Relay version changed.
- *wrong versions*: those killed, of all; after how many programs, in the middle and at most. They are the identity in
  the place of either side, and the pass without each of its rules and with each made wrong; rules are the entries of
  its tables, what operators have registered for it, and the functions that decide for it
  (`tests/support/rule_places.py`, which also names with the reason those that are as right, and operators of which
  these passes meet no call). They are hunted on the programs that there are now, which may be built around more than
  those of the row.

{table(head, (_row(name, row) for name, row in rows.items()))}

{_survivors(rows)}"""


def _unhunted(rows: dict[str, Any]) -> str:
    """Rules that no wrong version is made of, because programs are built around others."""
    found = {name: row["wrong versions"].get("rules left out") for name, row in rows.items()}
    told = [f"{count} rules of `{name}`" for name, count in found.items() if count]
    return f"No program is built around {', '.join(told)}, of which no wrong versions are made.\n" if told else ""


def _survivors(rows: dict[str, Any]) -> str:
    """The wrong versions that nothing on up to 400 programs spoke against."""
    found = [
        (name, row["wrong versions"]["survived"]) for name, row in rows.items() if row["wrong versions"]["survived"]
    ]
    if not found:
        return "No wrong version survived."
    told = table(("pass", "survived"), ((code(name), ", ".join(map(code, names))) for name, names in found))
    return f"""### Wrong versions that survived

Nothing on up to 400 programs spoke against these: functions that the programs of the pass do not reach, or whose other
answer computes the same.

{told}"""


_LISTED = 50


def _around(around: dict[str, dict[str, int]]) -> str:
    """What programs were built around; of very many, only those that were never changed."""
    told = {name: f"{name} {item['changed']}/{item['programs']}" for name, item in around.items()}
    if len(told) <= _LISTED:
        return ", ".join(sorted(told.values()))
    counts = [item["programs"] for item in around.values()]
    partly = sum(0 < item["changed"] < item["programs"] for item in around.values())
    never = sorted(name for name, item in around.items() if not item["changed"])
    rest = f", all changed but some around {partly} of these" if partly else ", all changed"
    rest += f" and those around {', '.join(never)}" if never else ""
    return f"{len(told)} operators and chains, each in {min(counts)} to {max(counts)} programs{rest}"


def _row(name: str, row: dict[str, Any]) -> Sequence[str]:
    wrong = row["wrong versions"]
    share = 100 * row["changed"] / max(row["programs"], 1)
    results = ", ".join(f"{count} {outcome}" for outcome, count in row["outcomes"].items())
    hunted = f"{wrong['killed']}/{wrong['total']}, {wrong['median programs']} to {wrong['most programs']} programs"
    return (
        code(name),
        str(row["programs"]),
        f"{share:.1f} %",
        str(row["changed_on_relax"]),
        results if row["holds"] else f"**fails** after {results}",
        _around(row["around"]),
        hunted if wrong["total"] else "",
    )
