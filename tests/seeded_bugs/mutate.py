"""Tries machine-made mutants of spellings, conversion, passes and comparison: who notices each, after how much.

    PYTHONPATH=. python tests/seeded_bugs/mutate.py [--jobs N] [--again] [--survivors] [MODULE ...]

Results go to tests/corpus/mutants.tsv as they come; a run that was stopped goes on where it was. --again tries all of
them, --survivors those that survived. A survivor that means the same as the right version is marked by hand:
``equivalent`` in its column ``verdict`` and the reason in ``why``; both are kept as long as nothing notices it.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import sys
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutation import table
from mutation.judge import Verdict, WrongJudge, judge
from mutation.sample import Trial, sample


def main() -> int:
    """Try those that are asked for.

    0: at least 95 % of all that are faults are killed. 2: a judge speaks against the right version, too.
    """
    options = argparse.ArgumentParser()
    options.add_argument("--jobs", type=int, default=1)
    options.add_argument("--again", action="store_true")
    options.add_argument("--survivors", action="store_true")
    options.add_argument("modules", nargs="*")
    given = options.parse_args()
    trials = list(sample())
    rows = table.read()
    known = {key for key, row in rows.items() if not given.again and not (given.survivors and _lives(row))}
    wanted = [trial for trial in trials if not given.modules or trial.module in given.modules]
    todo = [trial for trial in wanted if trial.key not in known]
    spoilt = 0
    _TODO.extend(todo)
    # What is there already is not looked through again and again in each process.
    gc.freeze()
    with ProcessPoolExecutor(given.jobs, multiprocessing.get_context("fork")) as pool:
        running = {pool.submit(_judged, number): trial for number, trial in enumerate(todo)}
        for number, done in enumerate(as_completed(running), 1):
            trial = running[done]
            try:
                rows[trial.key] = _row(trial, done.result(), rows.get(trial.key, {}))
            except WrongJudge as error:
                print(error, file=sys.stderr)
                spoilt += 1
                continue
            table.write(rows, [trial.key for trial in trials])
            row = rows[trial.key]
            print(f"{number}/{len(todo)}", *trial.key, row["verdict"], row["by"], row["programs"], sep="\t", flush=True)
    counts = Counter(row["verdict"] for row in table.read().values())
    faults = counts["killed"] + counts["survives"]
    print(f"{counts['killed']} of {faults} killed, {counts['killed'] / faults:.1%}; {counts['equivalent']} equivalent")
    return 2 if spoilt else int(counts["killed"] < 0.95 * faults)


_TODO: list[Trial] = []
"""What the processes that are forked have, as spellings hold functions that cannot be sent to them."""


def _judged(number: int) -> Verdict:
    return judge(_TODO[number])


def _lives(row: Mapping[str, str]) -> bool:
    return row["verdict"] == "survives"


def _row(trial: Trial, found: Verdict, before: Mapping[str, str]) -> dict[str, str]:
    row = dict(zip(table.COLUMNS[:5], trial.key, strict=True)) | asdict(found)
    if found.verdict == "survives" and before.get("why"):
        row |= {"verdict": before["verdict"], "why": before["why"]}
    return row


if __name__ == "__main__":
    sys.exit(main())
