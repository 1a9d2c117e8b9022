"""The section on bugs of this project that generated programs found: the tests that say so.

A test that keeps one from coming back has a comment with the words "found by a campaign", or "by generated programs".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from markup import code, table

ROOT = Path(__file__).resolve().parent.parent
_SAID = re.compile(r"#.*\bfound by (a campaign|generated programs)", re.IGNORECASE)


def found() -> str:
    """The section."""
    rows = [(name.removeprefix("test_").replace("_", " "), code(path)) for path, name in _tests()]
    return f"""## Found and fixed

Bugs of this project that campaigns and other generated programs found, by the names of the tests that would see them
again. What they found in real TVM: [differences](tvm_differences.md).

{table(("what holds since", "regression test"), rows)}"""


def _tests() -> Iterator[tuple[str, str]]:
    """File and name of each such test."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text("utf-8")
        places = [number for number, line in enumerate(text.splitlines(), 1) if _SAID.search(line)]
        for node in ast.parse(text).body if places else ():
            if isinstance(node, ast.FunctionDef) and any(node.lineno <= at <= (node.end_lineno or 0) for at in places):
                yield str(path.relative_to(ROOT)), node.name
