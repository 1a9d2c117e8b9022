"""Port pieces of public Python by the tool, and prove each against its original, under the aliases and in real TVMs.

    python tests/forks/pieces.py FOLDER [--only NAME] [--programs 40] [--oracles DIR] [--write]

FOLDER is what `collect.py` makes, DIR what `python -m oracle.environments` makes. A piece is some definitions of a
file and what they use of it. Some need a few lines by hand after the tool: rows of `EDITS`, counted as changed lines.
"""

import argparse
import difflib
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cut import cut, dotted
from piece_table import EDITS, PIECES, SCRIPT, Piece
from scripts import agree

from migrate.codemods.driver import Level, Options, port_source
from migrate.codemods.target import target_named
from migrate.codemods.tree import Place, package_of
from migrate.passes.porting import example
from migrate.verify.ported.checked import Checks
from migrate.verify.ported.files import Trial, prove_in_tvm, prove_trial
from tensor_core.diagnostics import DiagnosticError

HERE = Path(__file__).parent
TARGETS = ("0.27", "0.21")


@dataclass
class Ported:
    """A piece for one target: both files, and how many lines were touched by hand."""

    original: Path
    ported: Path
    lines: int
    by_hand: int
    manual: int


def port(piece: Piece, folder: Path, out: Path, target: str) -> Ported:
    """Cut the piece, port it, and carry out the edits."""
    source = next(folder.glob(f"{piece.repo.replace('/', '+')}/{piece.ref}/{piece.path}"))
    place = Path(*dotted(piece.path).split(".")).with_suffix(".py")
    original, ported = (out / target / piece.name / side / "python" / place for side in ("original", "ported"))
    text = cut(source.read_text("utf-8", errors="replace"), piece.definitions)
    result = port_source(
        text, piece.path, None, Options(target_named(target), todo=True, rest=True), Place(package_of(original, out))
    )
    edited = result.text
    for old, new in EDITS.get(piece.name, ()):
        if edited.count(old) != 1:
            raise SystemExit(f"{piece.name}: {edited.count(old)} places for the edit of {old!r}")
        edited = edited.replace(old, new.replace("{type}", target_named(target).word("type")))
    for path, content in ((original, text), (ported, edited)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    changed = difflib.SequenceMatcher(None, result.text.splitlines(), edited.splitlines(), autojunk=False)
    by_hand = sum(max(b - a, d - c) for tag, a, b, c, d in changed.get_opcodes() if tag != "equal")
    manual = sum(item.level in (Level.MANUAL, Level.UNKNOWN) for item in result.places)
    return Ported(original, ported, len(text.splitlines()), by_hand, manual)


def prove(piece: Piece, made: Ported, target: str, programs: int, oracles: Path | None):
    """What the proofs say: under the aliases, then in real TVMs."""
    examples = tuple(example(f"{piece.name}{number}", text) for number, text in enumerate(piece.examples))
    trial = Trial(
        made.original, made.ported, piece.expression, piece.ported_expression, target=target, programs=programs,
        examples=examples,
    )  # fmt: skip
    told: dict[str, Any] = {"lines": made.lines, "by hand": made.by_hand, "left to look at": made.manual}
    if piece.kind == SCRIPT:
        return told | agree(made.original, made.ported, trial.names, target, oracles)
    try:
        found = prove_trial(trial)
        told["alias"] = {
            "holds": bool(found), "programs": found.proof.programs, "changed": found.proof.changed,
            "missed": found.proof.missed, "not taken": found.proof.outside, "checks": _checks(found.checks),
            "why": found.proof.counterexample.reason[:300] if found.proof.counterexample else "",
        }  # fmt: skip
        if oracles is not None:
            relay, relax = (oracles / f"tvm-{release}" / "bin" / "python" for release in ("0.19", target))
            real = prove_in_tvm(trial, relay, relax)
            told["tvm"] = {
                "holds": bool(real), "programs": real.programs, "changed": real.changed,
                "changed on Relax": real.changed_on_relax, "not taken": sum(real.unasked.values()),
                "not built": sum(real.unbuilt.values()), "interpreted": sum(real.not_run.values()),
                "checks": _checks(real.checks), "why": real.reason[:300],
            }  # fmt: skip
    except DiagnosticError as error:
        told["error"] = str(error)[:600]
    return told


def _checks(checks: Checks) -> dict[str, Any]:
    """Rows of a table whose checks took matches on both sides, and those whose checks never did."""
    return {"taken": checks.taken, "never": checks.never_taken} if checks else {}


def main() -> None:
    """Port, prove, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append")
    parser.add_argument("--target", action="append", help="0.27 and 0.21 by default")
    parser.add_argument("--programs", type=int, default=40)
    parser.add_argument("--oracles", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--write", action="store_true", help="write pieces.json beside this file; with --only, those rows"
    )
    given = parser.parse_args()
    out = given.out or Path(tempfile.mkdtemp(prefix="pieces-"))
    file = HERE / "pieces.json"
    told = json.loads(file.read_text()) if given.only and file.exists() else {}
    for piece in PIECES:
        if given.only and piece.name not in given.only:
            continue
        row = told.setdefault(piece.name, {})
        row |= {"repository": piece.repo, "kind": piece.kind, "definitions": list(piece.definitions)}
        for target in given.target or TARGETS:
            row[target] = prove(piece, port(piece, given.folder, out, target), target, given.programs, given.oracles)
            print(piece.name, target, json.dumps(row[target]), flush=True)
            if given.write:
                file.write_text(
                    json.dumps({item.name: told[item.name] for item in PIECES if item.name in told}, indent=1) + "\n"
                )


if __name__ == "__main__":
    sys.exit(main())
