"""The page of figures that say how far the project can be trusted, from measurements that are committed.

Each section is made from one file and is there once the file is; `tests/corpus/trust/` holds those made for this page:

- `throughput.json`: `RELAY2RELAX_WRITE=1 python -m benchmarks verification`
- `checks.json`: `RELAY2RELAX_WRITE=1 python -m benchmarks checks`
- `soak.json`: `RELAY2RELAX_WRITE=1 python -m benchmarks.measure_soak`
- `campaign.json`: `python tests/corpus/record_campaign.py DIR`, DIR the database of a campaign
- `campaign_all.json`: `python tests/corpus/record_campaign.py DIR campaign_all`, DIR that of one with `--property all`

Those of faults that were put in: trust_faults.py.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import trust_backend
import trust_faults
import trust_found
from markup import code, table

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "corpus"
TRUST = CORPUS / "trust"

HEAD = """# How far to trust it

Figures that were measured and committed; this page only writes them out. What they rest on:
[how equivalence is judged](../explanation/equivalence.md)."""

_CHECKED_BY = {
    "interpreted": "relay2relax, both sides by their interpreters",
    "compiled": "relay2relax, both sides compiled, too; kernels of earlier programs known",
    "compiled afresh": "relay2relax, both sides compiled, too; no kernel known",
    "TVM 0.19": "real TVM 0.19: read, built by `relay.vm` at two levels, run, compared",
    "NNSmith": "NNSmith's generator alone: nothing is checked",
}


def page() -> str:
    """The whole page."""
    makers: Mapping[Path, Callable[[Any], str]] = {
        TRUST / "throughput.json": throughput,
        TRUST / "checks.json": trust_backend.checks,
        TRUST / "soak.json": trust_backend.soak,
        TRUST / "campaign.json": campaign,
        TRUST / "campaign_all.json": campaign_of_all,
        CORPUS / "scores.json": agreement,
    }
    parts = [make(json.loads(path.read_text("utf-8"))) for path, make in makers.items() if path.exists()]
    faults = (trust_faults.seeded(), trust_faults.mutants())
    return "\n\n".join([HEAD, *parts, trust_found.found(), proofs(), *faults, bad_inputs()])


def proofs() -> str:
    """How many programs correct passes were tried on, and how many wrong versions were found out."""
    rows: Mapping[str, Any] = json.loads((ROOT / "migrate" / "passes" / "proofs.json").read_text("utf-8"))
    hunted = [row["wrong versions"] for row in rows.values()]
    needed = sorted(item["median programs"] for item in hunted if item["killed"])
    facts = [
        ("programs of correct passes", f"{sum(row['programs'] for row in rows.values()):,}"),
        ("false alarms", str(sum(not row["holds"] for row in rows.values()))),
        ("passes", str(len(rows))),
        ("wrong versions found out", f"{sum(i['killed'] for i in hunted):,} of {sum(i['total'] for i in hunted):,}"),
        ("programs that it took, median of a pass: median, most", f"{needed[len(needed) // 2]}, {needed[-1]}"),
    ]
    return f"""## Passes

Every pass that is on both sides, on generated programs; and the same passes with one rule taken out or made wrong,
which must not pass. [By pass](passes.md#proofs), with those that survived.

{table(("what", "figure"), facts)}"""


def throughput(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Programs a second."""
    head = (
        "checked by",
        "programs a second and core",
        "programs",
        "median operator calls",
        "flow or effects",
        "outcomes",
    )
    return f"""## Throughput

Generated programs, each another one; everything is timed: draw, infer, convert, lower both sides, run, compare. CPU
time of one core, all in one run on one machine (`python -m benchmarks verification`).

{table(head, [_speed(name, row) for name, row in rows.items()])}"""


def _speed(name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    share = row.get("with_control_flow_or_effects")
    outcomes = ", ".join(f"{count} {what}" for what, count in row.get("outcomes", {}).items())
    return (
        _CHECKED_BY.get(name, name),
        f"{row['per_second']:.1f}",
        f"{row['programs']:,}",
        f"{row['median_calls']:g}",
        "" if share is None else f"{share:.0%}",
        outcomes,
    )


def campaign(found: Mapping[str, Any]) -> str:
    """What a campaign checked and found."""
    return _campaign("A campaign", "relay2relax fuzz", found)


def campaign_of_all(found: Mapping[str, Any]) -> str:
    """What a campaign of all properties did."""
    return _campaign("A campaign of all properties", "relay2relax fuzz --property all", found)


def _campaign(title: str, command: str, found: Mapping[str, Any]) -> str:
    checks: Counter[str] = Counter(found["outcomes"])
    total = checks.total()
    undecided = checks["inconclusive"] / total if total else 0.0
    facts = [
        ("programs", f"{found['programs']:,}"),
        ("properties", f"{len(found['properties'])}"),
        ("checks", f"{total:,}: " + ", ".join(f"{count:,} {what}" for what, count in sorted(checks.items()))),
        ("findings", f"{found['findings']}"),
        ("undecided", f"{undecided:.2%} of all checks"),
        *((f"covered: {kind}", told) for kind, told in found["covered"].items()),
    ]
    return f"""## {title}

`{command}` on programs {found["numbers"]} of seed {found["seed"]} ([how](../howto/run_a_campaign.md)).

{table(("what", "figure"), facts)}"""


def agreement(scores: Mapping[str, Any]) -> str:
    """How often the project gives what real TVM gave."""
    programs = scores["recorded programs"]
    passes, arguments = scores["relax_passes"], scores["relax_pass_arguments"]
    rows = [
        ("runs of recorded Relay programs right: interpreter", _of(programs, "interpreter right")),
        ("runs of recorded Relay programs right: backend", _of(programs, "backend right")),
        ("cases of Relay's passes as TVM makes them", _added(scores["passes"].values())),
        ("cases of Relax's passes as TVM makes them", _added(passes.values())),
        *(
            (f"converted {collection} right, {side}", told)
            for collection, sides in scores["converted programs"].items()
            for side, told in sides.items()
        ),
        *((f"converted calls right in real TVM {release}", told) for release, told in scores["live calls"].items()),
        *((f"converted modules in real TVM: {name}", told) for name, told in scores["live conversions"].items()),
    ]
    return f"""## Agreement with real TVM

What is missing is listed with its causes: [recorded programs](recorded_programs.md), [conversions](conversions.md),
[divergences](../divergences.md).

Of the cases of Relax's passes {arguments["rebuilt"]} of {sum(arguments.values())} run with rebuilt arguments:
variables, patterns, functions and maps of indices were recorded by their names or not at all, and are made from what
those names and the recorded results say. These cases show less than the others.
`LegalizeOps` ({passes["LegalizeOps"]}) is judged by what the program computes and which operators are left, as the
kernels of two compilers differ in form.

{table(("what", "figure"), rows)}"""


def _of(groups: Mapping[str, Mapping[str, str]], name: str) -> str:
    return _added(group[name] for group in groups.values())


def _added(figures: Any) -> str:
    pairs = [tuple(map(int, re.findall(r"\d+", figure)[:2])) for figure in figures]
    return f"{sum(right for right, _ in pairs):,} of {sum(whole for _, whole in pairs):,}"


def bad_inputs() -> str:
    """What the page of damaged inputs counts."""
    text = (ROOT / "docs" / "reference" / "mutations.md").read_text("utf-8")
    found = re.search(r"^([\d,]+) inputs made", text, re.MULTILINE)
    assert found is not None
    return f"""## Bad inputs

{found[1]} damaged modules and parameter files were tried; every one loads or gives a coded diagnostic, none escapes
([how they were made](mutations.md), {code("tox run -e mutations")})."""
