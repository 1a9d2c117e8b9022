"""Follow the tutorial of a fork as a new user does: the wheel in a fresh environment, every block as it stands.

    python release/follow_tutorial.py dist/relay2relax-0.1.0-py3-none-any.whl

Prints the wall time of each command, and of all; exits with 1 when something that the page shows is not printed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tutorial" / "migrate_a_fork.md"
BLOCK = re.compile(r"(?:^`([\w./]+)`:\n\n)?^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def timed(line: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command prints; how long it took goes to stdout."""
    start = time.monotonic()
    done = subprocess.run(line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    print(f"{time.monotonic() - start:6.1f} s  exit {done.returncode}  {line}", flush=True)
    return done.stdout + done.stderr


def follow(wheel: Path, folder: Path) -> list[str]:
    """The lines that the page shows and that no command printed."""
    environment = {**os.environ, "PATH": f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    venv.create(folder / ".venv", with_pip=True)
    timed(f"pip install -q -c {ROOT}/requirements/ci.txt {wheel.resolve()} pytest", folder, environment)
    fork = folder / "acme-fork"
    shutil.copytree(ROOT / "examples" / "fork", fork, ignore=shutil.ignore_patterns("__pycache__"))
    told, missing = "", list[str]()
    for name, kind, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if name:
            (fork / name).write_text(text)
        elif kind == "sh":
            told = "".join(timed(line, fork, environment) for line in text.splitlines())
        else:
            missing += [line for line in text.splitlines() if line not in told]
    return missing


def main() -> int:
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        missing = follow(Path(sys.argv[1]), Path(name))
    print(f"{time.monotonic() - start:.0f} s in all")
    for line in missing:
        print(f"the page shows, and nothing printed: {line}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
