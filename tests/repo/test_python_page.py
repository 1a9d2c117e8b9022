"""The example of the Python page runs as it stands."""

import re
from pathlib import Path

import pytest


def test_example_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (root / "docs/reference/python.md").read_text(), re.DOTALL)
    monkeypatch.chdir(root)
    exec(compile(code, "docs/reference/python.md", "exec"), {})
