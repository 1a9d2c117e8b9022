# pyright: basic, reportMissingImports=false
"""Runs what changes modules in a user's Python file: under the alias of a release and in a real TVM alike."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import serve

serve.prepare()

import tvm  # noqa: E402
import user_file  # noqa: E402
import user_passes  # noqa: E402
from pattern_wire import encode  # noqa: E402

operation = serve.operation


@lru_cache(maxsize=None)
def _file(file: str, name: str) -> Any:
    return user_file.load(file, name)


@operation
def user_names(_values, file, name):
    """What can be applied."""
    return user_passes.found(_file(file, name)), None


@operation
def user_patterns(_values, file, name, expression):
    """The patterns that it looks for, after its kind where they are its own; else they are those of the whole file."""
    kind, patterns = user_passes.patterns(_file(file, name), expression)
    return [kind, [[label, encode(item)] for label, item in patterns]], None


@operation
def user_relay(_values, file, name, expression, module):
    """A Relay module after it, as JSON."""
    run = user_passes.transform(_file(file, name), expression)
    return tvm.ir.save_json(run(tvm.ir.load_json(module))), None


@operation
def user_relax(_values, file, name, expression, module):
    """A Relax module after it, as text."""
    run = user_passes.transform(_file(file, name), expression)
    return run(tvm.script.from_source(module)).script(show_meta=True), None


@operation
def user_checked(_values):
    """How often the check of each row of a pattern table refused a match and took one so far."""
    return user_passes.checked, None


if __name__ == "__main__":
    serve.serve()
