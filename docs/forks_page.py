"""The page of what the tool does to public forks, from measurements that are committed beside what made them.

Each section is made from one file of `tests/forks/` and is there once the file is: `figures.json` (measure.py),
`scaling.json` (scaling.py), `pieces.json` (pieces.py), `pairs.json` (pairs.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markup import code, table

FORKS = Path(__file__).resolve().parent.parent / "tests" / "forks"

HEAD = """# Public forks

What `relay2relax port` makes of Python that others wrote against Relay. The files are public and belong to their
authors: `tests/forks/collect.py` fetches them, nothing of them is kept here. Figures are measured and committed; this
page writes them out."""


def page() -> str:
    """All sections whose measurement is there."""
    made = [HEAD]
    makers: dict[str, Callable[[Any], str]] = {
        "figures": _figures,
        "scaling": _scaling,
        "pieces": _pieces,
        "pairs": _pairs,
    }
    for name, maker in makers.items():
        path = FORKS / f"{name}.json"
        if path.exists():
            made.append(maker(json.loads(path.read_text("utf-8"))))
    return "\n\n".join(made)


def _figures(found: Mapping[str, Any]) -> str:
    rows = [
        ("files of these kinds", found["kinds"]),
        ("files of so many repositories", f"{found['files']} of {found['repositories']}"),
        ("lines", f"{found['lines']:,}"),
        ("not read, with a diagnostic", str(sum(found["not read"].values()))),
        ("crashes", str(len(found["crashes"]))),
        ("results that do not compile", str(len(found["do not compile"]))),
        ("results that a second run changes", str(len(found["not idempotent"]))),
        ("names of Relay that nobody tells of", str(found["silent names"])),
        ("seconds per 1000 lines", str(found["seconds per 1000 lines"])),
        ("most memory of a process, MB", str(found["peak MB"])),
    ]
    return f"""## All of it

Ported for TVM {found["target"]} by `tests/forks/measure.py` (`tox run -e fork-corpus -- FOLDER`).

{table(("", ""), rows)}

## Patterns, passes and BYOC

Uses of the old API in the {found["pattern, pass and BYOC files"]} files with patterns, passes or BYOC; import lines
are no uses. *Automatic*: rewritten, or the same in the target, in a file whose result imports and type-checks.
*With a look*: those, and what is rewritten with a note. *Everywhere*: automatic, whether or not the file does.

A file imports that does so under the target's alias or, where that does not cover a name of TVM's that the file
imports, in the real release: {found["import after"]} files; of the originals {found["import before"]} do, with 0.19.
Modules that are not TVM's and were not collected, of other packages and of the fork, are stood in for by modules with
every name, before and after, and `TVM_HOME` is set.

A file type-checks in which pyright, with its basic checks, finds no error that it does not find in the original:
{found["type-check after"]} files; {found["import and type-check after"]} do both. It sees the alias of the target, and
for the original that of 0.19, as stubs that are written from the aliases while they run; names that a release has and
its alias does not cover are there, of any type. Every error counts, whatever it is about, but for imports at the top of
a file, which are tried by importing. An error is the original's where that has one of the same text, or of the same
kind at the place that the line comes from.

{_shares("repository", found["all"] | found["by repository"])}

{_shares("idiom", found["by idiom"])}

## Every file

All {found["files"]} files, of whatever kind: front ends, quantization, tuning and scripts, too. Whether their results
import or type-check is not measured.

{_written("repository", found["every file by repository"])}

{_written("idiom", found["every file by idiom"])}"""


def _scaling(found: Mapping[str, Any]) -> str:
    (first, alone), *_ = found["seconds"].items()
    rows = [
        (jobs, f"{took:.1f}", f"{alone / took:.2f}", f"{1000 * took / found['lines']:.2f}")
        for jobs, took in found["seconds"].items()
    ]
    return f"""## Processes

{found["files"]} of these files ({found["lines"]:,} lines; kinds: {found["kinds"]}) ported by as many processes as
`--jobs` says, on {found["cores"]} cores on which nothing else ran: `tests/forks/scaling.py`.

{table(("jobs", "seconds", f"times faster than {first}", "seconds per 1000 lines"), rows)}"""


def _shares(what: str, rows: Mapping[str, Mapping[str, int]]) -> str:
    head = (what, "uses", "automatic", "with a look", "everywhere", "by hand", "unknown")
    return table(head, (_share(name, row) for name, row in rows.items()))


def _written(what: str, rows: Mapping[str, Mapping[str, int]]) -> str:
    head = (what, "uses", "rewritten or kept", "by hand", "unknown")
    return table(head, ([*cells[:2], *cells[4:]] for cells in (_share(name, row) for name, row in rows.items())))


def _share(name: str, row: Mapping[str, int]) -> Sequence[str]:
    uses = row["uses"]
    everywhere = row.get("auto", 0) + row.get("kept", 0)
    shares = [row.get("automatic", 0), row.get("with a look", 0), everywhere]
    counts = (str(row.get(level, 0)) for level in ("manual", "unknown"))
    return (name, str(uses), *(f"{100 * part / uses:.1f} %" for part in shares), *counts)


def _pieces(found: Mapping[str, Any]) -> str:
    head = ("piece", "of", "kind", "lines", "by hand", "target", "under the aliases", "in TVM 0.19 and the target")
    rows = [
        (name, row["repository"], row["kind"], str(told["lines"]), str(told["by hand"]), target,
         _verdict(row, told, "alias"), _verdict(row, told, "tvm"))
        for name, row in found.items() for target, told in row.items() if isinstance(told, dict)
    ]  # fmt: skip
    return f"""## Pieces

Definitions cut out of forks, ported, mended by hand where a number says so, and proven against the original by
`tests/forks/pieces.py`: on generated programs both give the same, and the port changes what the original changes. Of
pattern tables both make as many composite functions of each name, and the checks of so many rows took matches on both
sides; what the target has no operator for is found by no pattern, and such programs are not tried. What a TVM does not
build or computes otherwise before any pass is interpreted after its pass. Chosen are pieces that run in the TVMs at
hand, without a vendor's target or operators. Relax says all products alike, so that rows of cublas for them cannot keep
their names apart, and has few of the quantized operators of vsi_npu: these stand here with what fails. A script
builds and runs models by itself: what it computes before the port and after agrees to 1e-5.

{table(head, rows)}"""


def _verdict(piece: Mapping[str, Any], told: Mapping[str, Any], side: str) -> str:
    row = told.get(side)
    if row is None:
        return told.get("error", "not run").splitlines()[0][:100]
    verdict = "holds" if row["holds"] else f"fails: {row['why'] or 'missed or vacuous'}"[:100]
    if piece["kind"] == "script":
        return f"{verdict}; {row['programs']} arrays"
    told = f"{verdict}; {row['programs']} programs, {row['changed']} changed"
    if row.get("interpreted"):
        told += f", {row['interpreted']} interpreted"
    checks = row.get("checks")
    return told + (f"; checks of {len(checks['taken'])} rows took matches" if checks else "")


def _pairs(found: Mapping[str, Any]) -> str:
    head = (
        "pair",
        "before",
        "after",
        "lines before, tool, upstream",
        "patterns",
        "operators",
        "functions",
        "left by hand",
    )
    rows = [
        (name, code(row["before"]), code(row["after"]), ", ".join(map(str, row["lines"])),
         *(_both(row[kind]) for kind in ("composites", "operators", "functions")),
         str(row["places"]["manual"] + row["places"]["unknown"]))
        for name, row in found.items()
    ]  # fmt: skip
    return f"""## Beside upstream's own ports

Files that TVM's people moved themselves: how many names of patterns, operators in patterns and functions both ports
have, only the tool's, only upstream's (`tests/forks/pairs.py`).
Why they differ: [upstream's ports](../explanation/upstream_ports.md).

{table(head, rows)}"""


def _both(row: Mapping[str, Sequence[str]]) -> str:
    return f"{len(row['both'])}, {len(row['tool'])}, {len(row['upstream'])}"
