# pyright: basic, reportMissingImports=false
"""Runs a script or pytest in a Python that has a TVM with Relay, and records what goes through that TVM.

    python record_tvm.py --out DIR [--path DIR] [--import NAME] [--limit-mb N] [--inner] -- SCRIPT [ARGUMENT...]
    python record_tvm.py --out DIR ... -- pytest [ARGUMENT...]

Recorded are programs that are evaluated, with arguments and results (by executors, graph executors and virtual
machines made from Python), passes that are applied, with module, context and options, and modules that are built. For
TVM 0.8 to 0.19 on Python 3.7 and later; run with 0.19 only.
"""

from __future__ import annotations

import argparse
import importlib
import json
import runpy
import sys
from pathlib import Path

import serve


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--import", dest="imports", action="append", default=[])
    parser.add_argument("--limit-mb", type=int, default=64)
    parser.add_argument("--inner", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    serve.search(given.path)
    command = given.command[1:] if given.command[:1] == ["--"] else given.command

    import record_hooks
    from record_store import Store

    store = Store(given.out.resolve(), given.limit_mb << 20)
    record_hooks.install(store, given.inner)
    for name in given.imports:
        importlib.import_module(name)
    try:
        return run(command)
    finally:
        (store.folder / "summary.json").write_text(json.dumps(dict(store.counts)))


def run(command: list[str]) -> int:
    """The command's exit code."""
    if command[0] == "pytest":
        import pytest

        return int(pytest.main(command[1:]))
    sys.argv[:] = command
    sys.path.insert(0, str(Path(command[0]).resolve().parent))
    try:
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
