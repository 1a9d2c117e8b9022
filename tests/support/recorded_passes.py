"""The recorded passes: how many modules come out as real TVM 0.19 made them, by pass."""

from collections import Counter
from contextlib import suppress

import recorded

from migrate.verify.corpus.passes import Makers, equal, names, replayable
from tensor_core.diagnostics import DiagnosticError


def scores(corpus: recorded.Corpus, makers: Makers) -> dict[str, str]:
    """By the passes of the cases: how many modules came out as recorded, and how many cases there are.

    Cases that may need the recording test's own Python, or options that are not recorded, are left out.
    """
    good: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in corpus.rows:
        case = corpus.json(row["name"], "case.json")
        if not set(names(case)) <= set(makers) or not replayable(row, case):
            continue
        key = " + ".join(names(case))
        total[key] += 1
        with suppress(DiagnosticError):
            good[key] += equal(case, makers)
    return {key: f"{good[key]} of {total[key]}" for key in sorted(total)}
