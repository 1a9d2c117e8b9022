"""A fixed slice of the recorded ONNX cases, all the way; the number of good ones must not fall below scores.json.

What no card knows yet counts as not good, and nothing else may go wrong in other ways: an exception that is no
diagnostic, a wrong answer, a script that cannot be read back or a verdict that the sides differ fails at once.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import recorded

import migrate
from migrate.verify.verdict import Outcome
from relax_core.text.printer import print_module
from relax_core.text.release import header
from tensor_core.module import IRModule

CASES = 40
RTOL, ATOL = 1e-3, 1e-5
UNABLE = ("R2R0601", "R2R0605")
"""No semantics, not compiled: the only excuses for not running a good program on good arguments."""

Corpora = Callable[[str], recorded.Corpus]


def chosen(corpus: recorded.Corpus) -> list[dict[str, Any]]:
    """The slice: cases on which real TVM gave the suite's answer, without element types that npz does not hold."""
    rows = [row for row in corpus.rows if row["relay"] == "equal" and not row["name"].startswith("node__test_cast")]
    return random.Random(20).sample(rows, CASES)


def ran(module: IRModule, args: list[Any], answers: list[Any], executor: Any) -> bool:
    """Whether it runs (then rightly)."""
    try:
        results = migrate.run(module, args, executor=executor)
    except migrate.DiagnosticError as error:
        if not all(item.code.id in UNABLE for item in error.diagnostics):
            raise
        return False
    for got, want in zip(results, answers, strict=True):
        np.testing.assert_allclose(got, want, rtol=RTOL, atol=ATOL)
    return True


def score(corpus: recorded.Corpus, row: dict[str, Any]) -> Counter[str]:
    """Which steps of the whole way are good for one case."""
    name, arrays = row["name"], corpus.arrays(row["name"])
    args = [arrays[f"in_{param}"] for param in row["params"]]
    answers = [arrays[f"out_{n}"] for n in range(sum(key.startswith("out_") for key in arrays))]
    module = migrate.load(corpus.text(name, "module.relay"))
    good = Counter(run=ran(module, args, answers, "backend"), interpreted=ran(module, args, answers, "interpreter"))
    for target in ("0.27", "0.19"):
        result = migrate.convert(module, target=target)
        script = migrate.load(result.script(), result.module.params)
        assert header(target) + print_module(script, target) == result.script()
        if not result.report.complete:
            assert result.report.diagnostics
            continue
        good[f"converted {target}"] = 1
        good[f"right {target}"] = ran(script, args, answers, "backend")
        if target == "0.27" and good["run"]:
            verdict = migrate.verify(module, script, args, prove=False)
            assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason
            good["verified"] = bool(verdict)
    return good


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_slice_of_onnx_keeps_its_score(corpus: Corpora, root: Path):
    cases = corpus("onnx")
    total: Counter[str] = Counter()
    for row in chosen(cases):
        try:
            total += score(cases, row)
        except (AssertionError, migrate.DiagnosticError) as error:
            pytest.fail(f"{row['name']}: {error}")
    least = json.loads((root / "tests" / "corpus" / "scores.json").read_text())["onnx"]
    fallen = {step: (total[step], number) for step, number in least.items() if total[step] < number}
    assert not fallen, f"now and before: {fallen}; all: {dict(total)}"
