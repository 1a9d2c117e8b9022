"""The recorded passes: what ours make of the modules that real TVM 0.19 changed."""

from collections import Counter
from functools import partial

import recorded
from pass_scores import Results, holds

from migrate.verify.corpus.passes import equal, names, replayable
from relay_compat.transform.registry import NAMES, find

MAKERS = {name: found for name in NAMES if (found := find(name)) is not None}


def results(corpus: recorded.Corpus) -> tuple[Results, dict[str, int]]:
    """What each case came to, and by pass how many are left out: those that may need the recording test's own Python,
    or options that are not recorded.
    """
    found: Results = {}
    left_out: Counter[str] = Counter()
    for row in corpus.rows:
        case = corpus.json(row["name"], "case.json")
        key = " + ".join(names(case))
        if set(names(case)) <= set(MAKERS) and replayable(row, case):
            found.setdefault(key, {})[row["name"]] = holds(partial(equal, case, MAKERS))
        else:
            left_out[key] += 1
    return found, dict(sorted(left_out.items()))
