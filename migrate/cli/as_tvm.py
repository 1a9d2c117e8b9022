"""``relay2relax as-tvm``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

import migrate.alias
from migrate.alias.current import VARIABLE
from migrate.alias.profile import DEFAULT, profile
from migrate.cli.common import GOOD, command, print_json
from migrate.cli.options import json_option
from tensor_core import codes
from tensor_core.diagnostics import fail

_SITE = Path(migrate.alias.__file__).parent / "site"
_COMMANDS = {"pytest": "pytest", "relay2relax": "migrate.cli"}
"""Commands that are modules of this Python."""


@click.command("as-tvm", context_settings={"ignore_unknown_options": True})
@click.option("--release", default=DEFAULT, show_default=True, help="The TVM release the Python was written for.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Stop the command after this time.")
@click.option("--covered", is_flag=True, help="Run nothing: list which of TVM's names are covered, by module.")
@json_option
@click.argument("command_line", nargs=-1, type=click.UNPROCESSED)
@command
def as_tvm(release: str, timeout: float | None, covered: bool, as_json: bool, command_line: tuple[str, ...]) -> int:
    """Run Python written against TVM on this implementation, without TVM.

    COMMAND_LINE is a script with its arguments, "pytest ...", "python ..." or "relay2relax ...". In that command, and
    in what it starts, "import tvm" gives the covered part of TVM's Python. A name that is missing raises an error with
    code R2R0901. The exit code is the command's own. With --json its output goes to stderr.

    \b
    Example: relay2relax as-tvm -- my_pass.py model.relay
             relay2relax as-tvm --release 0.19 -- pytest tests/python/relay/test_ir_nodes.py
    """
    profile(release)
    if covered:
        return _show_coverage(release, as_json)
    if not command_line:
        raise fail(codes.BAD_OPTION, "there is no command to run", hint='give a script, or "pytest ...", after --')
    python = _python(command_line)
    try:
        # One document on stdout: what the command prints goes where messages go.
        stdout = 2 if as_json else None
        done = subprocess.run(python, env=_environment(release), timeout=timeout, stdout=stdout, check=False)
    except subprocess.TimeoutExpired:
        raise fail(codes.BAD_OPTION, f"the command ran longer than {timeout} seconds", hint="raise --timeout") from None
    if as_json:
        print_json({"exit_code": done.returncode, "release": release, "command": list(command_line)})
    return done.returncode


def _show_coverage(release: str, as_json: bool) -> int:
    from migrate.alias.coverage import coverage

    modules = coverage(release)
    if as_json:
        listed = {item.module: {"covered": sorted(item.covered), "missing": item.missing} for item in modules}
        print_json({"exit_code": GOOD, "release": release, "modules": listed})
        return GOOD
    for item in modules:
        total = len(item.covered) + len(item.missing)
        click.echo(f"{item.module:48} {len(item.covered):4} of {total:4}")
    return GOOD


def _python(command_line: tuple[str, ...]) -> list[str]:
    first, *rest = command_line
    if first in _COMMANDS:
        return [sys.executable, "-m", _COMMANDS[first], *rest]
    if first in ("python", "python3"):
        return [sys.executable, *rest]
    if not Path(first).is_file():
        raise fail(codes.FILE_MISSING, f"there is no script {first}", hint='give a script, or start with "pytest"')
    return [sys.executable, *command_line]


def _environment(release: str) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(_SITE), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, VARIABLE: release}
