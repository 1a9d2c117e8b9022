"""The commands of the guide run as they stand, and say what it shows."""

import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.main import main

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_commands_of_the_guide(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (root / "docs" / "howto" / "port_a_fork.md").read_text()
    monkeypatch.chdir(tmp_path)
    Path("fork").mkdir()
    told: list[str] = []
    for kind, text in _BLOCK.findall(page):
        if kind == "python":
            Path("fork/attention.py").write_text(text)
        elif kind == "sh":
            told.append(run(text))
        else:
            assert text in told[-1]
    assert "manual" in told[0]
    assert "transpose_b" in told[3]
    assert len(told) == 8


def run(line: str) -> str:
    if not line.startswith("relay2relax "):
        return subprocess.run(line, shell=True, check=True, capture_output=True, text=True).stdout
    quoted = re.findall(r'"[^"]*"|\S+', line)
    done = CliRunner().invoke(main, [word.strip('"') for word in quoted[1:]])
    assert done.exit_code in (0, 1), done.output
    return done.output
