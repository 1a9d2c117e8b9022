# pyright: basic, reportMissingImports=false
"""The loop of an oracle's process: one JSON line in, one JSON line out, arrays in files beside them.

Options: ``--path DIR`` (searched for modules before all else), ``--import NAME`` (imported before the first question,
so that a vendor's operators are registered), ``--memory MB`` (of address space). Runs on Python 3.7 and later.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Callable

import wire

OPERATIONS: dict[str, Callable[..., Any]] = {}

answers: Any = None
"""Where answers are written."""

NATIVE_STACK = re.compile(r'Traceback \(most recent call last\):|\s+\d+: |\s+File ".*", line \d+$')


def operation(function: Callable[..., Any]) -> Callable[..., Any]:
    """Registers a function ``(values, **options) -> (JSON result, value)`` under its name."""
    OPERATIONS[function.__name__] = function
    return function


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--import", dest="imports", action="append", default=[])
    parser.add_argument("--memory", type=int)
    return parser.parse_args()


def prepare() -> None:
    """Makes the process as its options say. To be called before anything but the standard library is imported."""
    global answers
    # What is imported and asked may print: that goes to stderr, the answers get a descriptor of their own.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    given = options()
    search(given.path)
    if given.memory:
        import resource

        size = given.memory << 20
        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))


def search(folders: list[str]) -> None:
    """Puts folders in front of what modules are searched in, and this one last: it must not hide a vendor's modules."""
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [*folders, *(item for item in sys.path if item != here), here]


def serve() -> None:
    """Answers until the other side closes."""
    for name in options().imports:
        importlib.import_module(name)
    assert answers is not None
    for line in sys.stdin.buffer:
        told = json.dumps(answer(line))
        sys.stdout.flush()
        sys.stderr.flush()
        answers.write(told.encode() + b"\n")
        answers.flush()


def answer(line: bytes) -> dict[str, Any]:
    request = json.loads(line)
    folder = Path(request["folder"])
    try:
        values = wire.load(request["values"], folder / "request.npz")
        result, outputs = OPERATIONS[request["operation"]](values, **request["options"])
        return {"result": result, "values": wire.save(outputs, folder / "reply.npz")}
    except Exception as error:
        return {"error": {"kind": type(error).__name__, "message": message(error)}}


def message(error: BaseException) -> str:
    """The text of an exception without the native stack that TVM puts before it."""
    kept = "\n".join(line for line in str(error).splitlines() if not NATIVE_STACK.match(line)).strip()
    named = type(error).__name__ + ": "
    return kept[len(named) :] if kept.startswith(named) else kept


def in_order(inputs: Any, names: list[str]) -> list[Any]:
    """Inputs in the order of the parameters, from a sequence or a mapping by name."""
    if not isinstance(inputs, dict):
        return list(inputs)
    missing = [name for name in names if name not in inputs]
    if missing:
        raise ValueError(f"no input for {', '.join(missing)}")
    unknown = [name for name in inputs if name not in names]
    if unknown:
        raise ValueError(f"no parameter named {', '.join(unknown)}")
    return [inputs[name] for name in names]
