"""The tutorial of a fork, followed word for word: files are written, commands run, and what is shown is printed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from plugin_here import VARIABLES

_PART = re.compile(r"(?:^`([\w./]+)`:\n\n)?^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def fork(root: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "acme-fork"
    shutil.copytree(root / "examples" / "fork", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(lines: str, folder: Path) -> str:
    """What the commands print; a finding is no fault."""
    scripts = folder.parent / "bin"
    scripts.mkdir(exist_ok=True)
    for name, start in (("relay2relax", "-m migrate.cli"), ("python", "")):
        (scripts / name).write_text(f'#!/bin/sh\nexec {sys.executable} -P {start} "$@"\n')
        (scripts / name).chmod(0o755)
    given = {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", **VARIABLES}
    told = ""
    for line in lines.splitlines():
        options = {"shell": True, "cwd": folder, "env": {**os.environ, **given}}
        done = subprocess.run(line, **options, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1, 2), f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr, f"{line}\n{done.stderr}"
        told += done.stdout + done.stderr
    return told


def test_every_step_works(root: Path, fork: Path) -> None:
    told = ""
    steps = _PART.findall((root / "docs" / "tutorial" / "migrate_a_fork.md").read_text())
    assert len(steps) > 20
    for name, kind, text in steps:
        if name:
            (fork / name).write_text(text)
        elif kind == "sh":
            told = run(text, fork)
        else:
            for line in text.splitlines():
                assert line in told, told
    assert not subprocess.run(["git", "status", "--short"], cwd=fork, capture_output=True, check=True).stdout


def test_every_file_of_the_fork_is_described(root: Path, fork: Path) -> None:
    page = (root / "docs" / "tutorial" / "migrate_a_fork.md").read_text()
    files = {str(path.relative_to(fork)) for path in fork.rglob("*") if path.is_file()} - {
        "acme/__init__.py",
        ".gitignore",
    }
    assert files <= set(re.findall(r"`((?:acme/|model\.)\w+(?:\.\w+)?)`", page))
