"""A slice of the programs that real TVM evaluated, on the executor it used; how many are right must not fall.

    python tests/corpus/count_evaluated.py

counts all of them. What is left: results whose tail TVM leaves undefined (unique, non_max_suppression), arguments of
another element type than declared, which TVM's virtual machine passes on, and ties of rounding behind float sums.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import recorded
from recorded_programs import counts

STEP = 5


@pytest.mark.parametrize("executor", ["Interpreter", "GraphExecutor", "VMExecutor"])
def test_programs_compute_what_tvm_computed(
    executor: str, corpus: Callable[[str], recorded.Corpus], root: Path
) -> None:  # fmt: skip
    evaluated = corpus("evaluated")
    rows = [row for row in evaluated.rows if row["executor"] == executor]
    found = counts(evaluated, rows[::STEP])
    least: dict[str, Any] = json.loads((root / "tests" / "corpus" / "scores.json").read_text())["evaluated programs"]
    assert found["right"] >= least[f"{executor} slice"], dict(found)
