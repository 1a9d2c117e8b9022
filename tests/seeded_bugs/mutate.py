"""Counts how many machine-made mutants of passes, converter and comparison the engine and the tests beside them kill.

    PYTHONPATH=. python tests/seeded_bugs/mutate.py [PER_FILE]

First properties are checked on generated programs, then the tests named for the file are run. Results and survivors go
to mutants.tsv beside this file; why a survivor lives is written into its last column by hand and kept.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import pytest
from ast_mutants import Mutant, mutants, plant
from faults.catalogue import bugs
from faults.frame import Bug, checked, drawn

TABLE = Path(__file__).with_name("mutants.tsv")
PROGRAMS = 60
SECONDS = 90


@dataclass(frozen=True)
class Subject:
    """A module, the seeded bugs whose properties concern it, and the tests beside it."""

    module: str
    bugs: str
    tests: str = ""


_PASSES = "tests/relax_core/passes/test_recorded_passes.py"
_RELAY = "tests/relay_compat/passes"
SUBJECTS = (
    Subject("relax_core.passes.remove_unused", "2 7", _PASSES),
    Subject("relax_core.passes.eliminate_common_subexpr", "5 6", _PASSES),
    Subject("relax_core.passes.topological_sort", "4", _PASSES),
    Subject("relax_core.passes.canonical_names", "9", _PASSES),
    Subject("relax_core.passes.memory_plan", "40", "tests/relax_core/passes/test_memory.py"),
    Subject("relax_core.passes.memory_tokens", "40", "tests/relax_core/passes/test_memory.py"),
    Subject("relax_core.passes.lift_plan", "44", "tests/relax_core/passes/test_lift_transform_params.py"),
    Subject("relax_core.passes.liftable", "44", "tests/relax_core/passes/test_lift_transform_params.py"),
    Subject("relax_core.passes.lambda_lift", "16", "tests/relax_core/passes/test_lambda_lift.py"),
    Subject("relax_core.fusion.group_function", "18 20", _PASSES),
    Subject("relax_core.fusion.make_functions", "17 20", _PASSES),
    Subject("relay_compat.normal_form", "11 12"),
    Subject("relay_compat.dependency_graph", "11 12"),
    Subject("relay_compat.passes.dead_code_elimination", "1"),
    Subject("relay_compat.analysis.purity", "1"),
    Subject("relay_compat.passes.fold_constant", "21 22 23"),
    Subject("relay_compat.passes.simplifications.casts", "24"),
    Subject("relay_compat.passes.simplify_inference", "36"),
    Subject("relay_compat.passes.scale_axis", "26"),
    Subject("relay_compat.passes.combine_parallel_dense", "28"),
    Subject("relay_compat.passes.lambda_lift", "15"),
    Subject("relay_compat.passes.gradient", "37 39"),
    Subject("relay_compat.layouts.moves", "33"),
    Subject("relay_compat.layouts.along_axes", "33"),
    Subject("migrate.forward.branches", "c8 c9"),
    Subject("migrate.forward.references", "c9"),
    Subject("migrate.forward.data", "c12"),
    Subject("migrate.verify.agree", "48", "tests/migrate/test_agree.py"),
)


def chosen(per_file: int) -> list[tuple[Subject, Mutant]]:
    """So many mutants of each module, the same ones each time."""
    found: list[tuple[Subject, Mutant]] = []
    for subject in SUBJECTS:
        everyone = list(mutants(subject.module))
        picked = random.Random(subject.module).sample(everyone, min(per_file, len(everyone)))
        found += [(subject, mutant) for mutant in sorted(picked, key=lambda item: item.number)]
    return found


def judge(subject: Subject, mutant: Mutant, known: Mapping[str, Bug]) -> str:
    """Who kills a mutant: a property and the number of programs, the tests, or nobody ("")."""
    by_engine = _in_fork(lambda: _engine(subject, known), mutant)
    return by_engine or _in_fork(lambda: _tests(subject), mutant)


def _engine(subject: Subject, known: Mapping[str, Bug]) -> str:
    for number in subject.bugs.split():
        bug = known[number]
        for seed in range(PROGRAMS):
            program = bug.draw(seed) if bug.draw else drawn(seed, bug.right.features)
            check = checked(bug.right, program)
            if check.failed:
                return f"{bug.right.name}, program {seed + 1}: {check.key}"
    return ""


def _tests(subject: Subject) -> str:
    if not subject.tests:
        return ""
    with contextlib.redirect_stdout(io.StringIO()):
        code = pytest.main(["-q", "-x", "-n", "0", "--assert=plain", "-p", "no:cacheprovider", *subject.tests.split()])
    return "" if code == 0 else f"tests: {subject.tests}"


def _in_fork(run: Callable[[], str], mutant: Mutant | None) -> str:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        signal.alarm(SECONDS)
        try:
            if mutant is not None:
                plant(mutant)
            text = run()
        except BaseException as error:
            text = f"raises {type(error).__name__}"
        os.write(write, text.encode()[:500])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return text if os.WIFEXITED(status) else "takes too long"


def main() -> int:
    """Judge them all and write the table."""
    per_file = int(sys.argv[1]) if sys.argv[1:] else 9
    known = {bug.number: bug for bug in bugs()}
    reasons = _reasons()
    found: list[tuple[str, ...]] = []
    everyone = chosen(per_file)
    for subject in SUBJECTS:
        said = _in_fork(lambda subject=subject: _engine(subject, known) or _tests(subject), None)
        if said:
            print(f"{subject.module} without a mutant: {said}", file=sys.stderr)
            return 2
    for subject, mutant in everyone:
        by = judge(subject, mutant, known)
        print(f"{mutant}\t{by or 'SURVIVES'}", flush=True)
        found.append((mutant.module, mutant.name, str(mutant.line), mutant.what, by, reasons.get(_key(mutant), "")))
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(("module", "function", "line", "mutation", "killed by", "why it survives"))
        writer.writerows(found)
    killed = sum(bool(row[4]) for row in found)
    print(f"{killed} of {len(found)} killed, {killed / len(found):.1%}")
    return 0 if killed >= 0.95 * len(found) else 1


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.module, mutant.name, mutant.what


def _reasons() -> dict[tuple[str, str, str], str]:
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return {(row[0], row[1], row[3]): row[5] for row in rows}


if __name__ == "__main__":
    sys.exit(main())
