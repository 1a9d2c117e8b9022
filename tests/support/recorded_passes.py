"""The recorded passes: what ours make of the modules that real TVM 0.19 changed."""

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import recorded
from pass_scores import Results, holds

from migrate.verify.corpus.passes import equal, names, replayable
from relay_compat.passes.desired_layouts import LayoutConfig
from relay_compat.transform.registry import NAMES, find

MAKERS = {name: found for name in NAMES if (found := find(name)) is not None}

OPTIONS: dict[str, dict[str, bool | int]] = {
    "ef26c21b321e2337": {"relay.ToMixedPrecision.keep_orig_output_dtype": True},
    "7fa2b48ecb62d54b": {"relay.FuseOps.max_depth": 10},
    "1c7a3816f316b6df": {"relay.FuseOps.max_depth": 11},
    "3c7193013fbb78b1": {"relay.FuseOps.link_params": False},
}
"""Options of which the values were not recorded, and that the recorded results tell."""

SKIPPED: dict[str, list[int]] = {"cf57dc7de01517a1": [0]}
"""Convolutions that a LayoutConfig of the recording test leaves out, which the recorded results tell."""

TOLD = frozenset({*OPTIONS, *SKIPPED})
"""Cases that run with options that were not recorded."""


def results(corpus: recorded.Corpus) -> tuple[Results, dict[str, int]]:
    """What each case came to, and by pass how many are left out: those that may need the recording test's own Python,
    or options that are not recorded.
    """
    found: Results = {}
    left_out: Counter[str] = Counter()
    for row in corpus.rows:
        case = corpus.json(row["name"], "case.json")
        case["context"]["config"] = OPTIONS.get(row["name"], case["context"]["config"])
        key = " + ".join(names(case))
        if set(names(case)) <= set(MAKERS) and replayable(row, case):
            with _around(row["name"]):
                found.setdefault(key, {})[row["name"]] = holds(partial(equal, case, MAKERS))
        else:
            left_out[key] += 1
    return found, dict(sorted(left_out.items()))


def _around(case: str) -> AbstractContextManager[Any]:
    """What the recording test's pass ran within, beside its PassContext."""
    return LayoutConfig(SKIPPED[case]) if case in SKIPPED else nullcontext()
