"""Writes the reference pages that are made from the product's own tables: operators, passes, diagnostics, rules.

    python docs/generate.py            write them
    python docs/generate.py --check    exit with 1 when one of them is out of date

A test compares the pages with what this file makes, so a new card, row, code or rule shows up in the same change.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# The page makers beside this file, whoever runs it.
sys.path.insert(0, str(Path(__file__).resolve().parent))

import backend_page
import exit_codes_page
import forks_page
import operators_page
import passes_cost_page
import proofs_page
import recorded_passes_page
import trust_page
from markup import code, fenced, table

from migrate.alias.coverage import Coverage, coverage
from migrate.codemods.driver import all_rules
from migrate.codemods.rule import Rule
from migrate.passes.ledger import Row, Status, exists_on_relay, ledger
from migrate.passes.order import porting_order
from relax_core.builtins.builtin import Argument, Builtin
from relax_core.builtins.table import BUILTINS
from relay_compat.history.fields import FIELDS
from relay_compat.history.ops import CHANGES
from tensor_core.codes import catalogue

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
NOTE = "<!-- Made by docs/generate.py: do not edit. -->"
RELEASES = ("0.27", "0.19")


def pages() -> dict[Path, str]:
    """The text of every generated page."""
    made = {
        "operators": operators_page.page(),
        "builtins": builtins(),
        "passes": passes(),
        "diagnostics": diagnostics(),
        "rules": rules(),
        "older_releases": older_releases(),
        "alias": alias(),
        "trust": trust_page.page(),
        "passes_cost": passes_cost_page.page(),
        "backend": backend_page.page(),
        "forks": forks_page.page(),
        "exit_codes": exit_codes_page.page(),
    }
    return {REFERENCE / f"{name}.md": f"{NOTE}\n\n{text}\n" for name, text in made.items()}


def stale() -> list[Path]:
    """The pages that are not as they should be."""
    return [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]


# ---- built-ins


def builtins() -> str:
    """One row per operator of Relax that no card describes."""
    rows = sorted(BUILTINS.values(), key=lambda item: item.name)
    head = ("operator", "for", "arguments", "attributes", "since", "effects", "runs")
    return f"""# Built-ins of Relax

{len(rows)} operators that are about the machine and not about tensors' elements: calls of kernels, closures and foreign
functions, memory, shapes as values, devices, collectives. Their types, and what is refused or ill-formed, are those
that TVM 0.19 and 0.27 were recorded with (`tests/corpus/builtins`).

- *arguments*: in order; `...` takes any number more. *attributes* as of the newest release.
- *since*: the first release that has it. *effects*: `yes` where a dataflow block or a pure function may not call it.
- *runs*: `yes`; `called` where what it calls runs, a kernel or a function; else why it is refused.

{table(head, map(_builtin, rows))}"""


def _builtin(item: Builtin) -> Sequence[str]:
    attributes = item.attributes[-1].fields if item.attributes else ()
    return (
        code(item.name),
        item.note,
        ", ".join([*(_argument(argument) for argument in item.arguments), *["..."] * item.variadic]),
        ", ".join(code(field.name) for field in attributes),
        item.since,
        "" if item.pure else "yes",
        f"no: {item.refused}" if item.refused else "yes" if item.run else "called",
    )


def _argument(argument: Argument) -> str:
    since = "" if argument.since == "0.19" else f" since {argument.since}"
    return code(argument.name) + since + (f" until {argument.until}" if argument.until else "")


# ---- passes


def passes() -> str:
    """One row per Relay pass."""
    rows = list(ledger().values())
    counts = ", ".join(f"{sum(row.status is status for row in rows)} {status.value}" for status in Status)
    head = (
        "Relay pass",
        "on Relay",
        "here",
        "contract",
        "TVM offers",
        *(f"in Relax {release}" for release in RELEASES),
        "notes",
    )
    return f"""# Passes

What became of each Relay pass: {counts}. {sum(map(exists_on_relay, rows))} of them run on Relay itself
(`relay_compat.transform`). `relay2relax passes NAME` shows a row; `relay2relax passes verify NAME` proves a ported pass
on generated programs. [What passes cost](passes_cost.md) on large graphs.

- *on Relay*: `yes` where the pass of TVM 0.19 is there for Relay modules, under its own name.
- *here*: `ported` runs on both IRs; `superseded` is not needed any more; `bridged` runs on Relax through a conversion
  back and forth; `refused` will not be; `pending` is to be decided.
- *contract*: what the port may change about the numbers; *TVM offers*: what TVM itself has for it.
- *evidence* in the notes: tests; recorded cases of a Relax pass ([below](#recorded-cases)); names of TVM that do it.

{table(head, map(_pass, rows))}

## Porting order

Each pass comes after those whose work it builds on: that TVM runs before it or inside of it. `relay2relax passes order
NAME...` shows what comes before some. Passes that need no other and that no other needs are left out.

{table(("step", "passes"), _steps())}

{recorded_passes_page.section()}

{proofs_page.section()}"""


def _steps() -> Iterator[Sequence[str]]:
    needed = {name for row in ledger().values() for name in row.needs}
    for number, step in enumerate(porting_order(), 1):
        linked = [row.name for row in step if row.needs or row.name in needed]
        yield str(number), ", ".join(map(code, linked))


def _pass(row: Row) -> Sequence[str]:
    remarks = [row.reason, row.note]
    if row.assumes:
        remarks.append(f"assumes {'; '.join(row.assumes)}")
    remarks += [f"evidence: {code(test)}" for test in row.evidence]
    return (
        code(row.name),
        "yes" if exists_on_relay(row) else "",
        row.status.value,
        row.contract.value if row.contract else "",
        row.offers.value,
        *(", ".join(map(code, row.relax.get(release, ()))) for release in RELEASES),
        ". ".join(remark.rstrip(".") for remark in remarks if remark),
    )


# ---- diagnostics

AREAS = {
    "01": "Reading text",
    "02": "Types",
    "03": "JSON and parameter files",
    "04": "Conversion",
    "05": "Verification",
    "06": "Execution",
    "07": "Command line and files",
    "08": "Porting Python",
    "09": "Python run as if on TVM",
}


def diagnostics() -> str:
    """One row per code, by area."""
    parts = ["# Diagnostics", "A code never changes its meaning. `relay2relax explain CODE` says the same."]
    for digits, title in AREAS.items():
        found = [item for item in catalogue() if item.id[3:5] == digits]
        rows = [(code(item.id), item.title, item.explanation) for item in found]
        parts += [f"## {title}", table(("code", "title", "meaning"), rows)]
    return "\n\n".join(parts)


# ---- older releases


def older_releases() -> str:
    """The tables of what changed in Relay from release to release."""
    changes = [(release(row.since), code(row.op), row.says, "yes" if row.silent else "") for row in CHANGES]
    fields = [(release(row.since), code(row.kind), code(row.name), code(repr(row.value))) for row in FIELDS]
    return f"""# Relay programs of older releases

JSON of TVM 0.6 to 0.18 says which release wrote it; a text says so in its metadata section, if it has one, and else
needs `--from-release` (`load(release=)`), from 0.7 on. What these tables say is undone on the way in. A call that has
no certain form in 0.19 is refused with R2R0306; so is one of a development version where it matters on which side of
a change that stands.

## Operators

*hidden*: a call does not show whether it was written before the change.

{table(("since", "operator", "change", "hidden"), changes)}

## Attributes

What a program of an earlier release means that does not give the attribute.

{table(("since", "struct", "attribute", "meant"), fields)}"""


def release(since: tuple[int, int]) -> str:
    """A release as it is written."""
    return ".".join(map(str, since))


# ---- the alias


UPSTREAM = ROOT / "tests" / "upstream" / "scores.tsv"
CLASSES = {"A": "IR alone", "B": "programs run on the CPU", "C": "lowering to tensor programs"}
RELAX_SIDE = tuple(f"tvm.{name}" for name in ("arith", "relax", "script", "te", "tir", "topi"))
"""Modules whose names are not listed one by one."""


def alias() -> str:
    """Which of TVM's names as-tvm covers, and how TVM's own tests fare."""
    modules = [item for item in coverage("0.19") if not item.module.startswith(RELAX_SIDE)]
    known = [item for item in modules if item.covered]
    names = sum(len(item.covered) for item in modules)
    absent = [item.module for item in modules if not item.covered and item.missing]
    rows = [(code(item.module), str(len(item.covered)), _missing(item)) for item in known]
    return f"""# TVM's names under as-tvm

`relay2relax as-tvm --release 0.19` covers {names} public names of TVM 0.19's Relay and of what it stands on, in
{len(known)} modules, and beside them those of Relax: of `tvm.relax`, `tvm.script`, `tvm.tir` and `tvm.arith` in 0.19,
0.26 and 0.27, where `relay2relax as-tvm --release RELEASE --covered` lists what is there. Of `te` there are tensor
expressions without schedules, of `topi` the operators that small programs write and the references that tests use, of
`testing` the fixtures and comparisons. Code generation for other devices, front ends and tuning are not covered.

{table(("module", "covered", "missing"), rows)}

## Modules that are not covered

{", ".join(map(code, absent))}

## TVM's own tests

Tests of TVM 0.19 and 0.26 that pass here, beside how many pass with TVM itself on the same machine. The files are not
part of this project; `tox run -e upstream -- CHECKOUT --release 0.19` runs them and fails when a count falls.

{table(("release", "file", "class", "TVM", "here"), _upstream())}"""


def _missing(item: Coverage) -> str:
    return ", ".join(map(code, item.missing)) or "-"


def _upstream() -> list[tuple[str, ...]]:
    with UPSTREAM.open(newline="") as stream:
        found = list(csv.DictReader(stream, delimiter="\t"))
    rows = [(row["release"], code(row["file"]), row["class"], row["base_passed"], row["passed"]) for row in found]
    for release, part in (("0.19", "relay"), ("0.19", "relax"), ("0.26", "relax")):
        for letter, title in CLASSES.items():
            chosen = [
                (int(row["base_passed"]), int(row["passed"]))
                for row in found
                if (row["release"], row["class"]) == (release, letter) and f"python/{part}/" in row["file"]
            ]
            if chosen:
                base, ours = (str(sum(column)) for column in zip(*chosen, strict=True))
                rows.append((release, f"{part}, all of class {letter}: {title}", letter, base, ours))
    return rows


# ---- rules


def rules() -> str:
    """Every rule with its examples."""
    found = all_rules()
    return "\n\n".join(
        [
            "# Rules that port Python",
            "`relay2relax port FILE` applies them all, `--rule ID` chosen ones. "
            "How to add one: [Add a codemod rule](../howto/add_a_codemod_rule.md).",
            table(("rule", "does"), ((code(rule.id), rule.title) for rule in found)),
            *map(_rule, found),
        ]
    )


def _rule(rule: Rule) -> str:
    parts = [f"## {rule.id}", rule.explanation, f"Read off: {rule.facts}."]
    for example in rule.examples:
        parts += ["Before:", fenced(example.before), "After:", fenced(example.after)]
    if rule.refused:
        parts.append("Left alone, with the reason:")
    for refused in rule.refused:
        parts += [fenced(refused.source), f"> ... {refused.because} ..."]
    return "\n\n".join(parts)


def main(arguments: Sequence[str]) -> int:
    """See the module text."""
    if "--check" in arguments:
        out_of_date = stale()
        for path in out_of_date:
            print(f"{path.relative_to(ROOT)} is out of date: run python docs/generate.py", file=sys.stderr)
        return 1 if out_of_date else 0
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
