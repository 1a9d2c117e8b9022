"""The options that name another interpreter, of all commands that ask one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from migrate.cli.options import Existing

if TYPE_CHECKING:
    from migrate.verify.oracles.live_tvm import Tvm
    from migrate.verify.oracles.process import Interpreter

F = TypeVar("F", bound=Callable[..., Any])

_FOLDER = Existing(folder=True)
_OPTIONS = (
    click.option(
        "--oracle-path",
        "oracle_path",
        type=_FOLDER,
        multiple=True,
        help="A folder to import from there, such as the python/ of a TVM built from source; may be repeated.",
    ),
    click.option(
        "--oracle-import",
        "oracle_import",
        multiple=True,
        metavar="NAME",
        help="A module to import there first, which registers a vendor's operators; may be repeated.",
    ),
)


def oracle_options(help: str, required: bool = False) -> Callable[[F], F]:
    """``--oracle-python`` and what belongs to it."""

    def decorate(function: F) -> F:
        for option in _OPTIONS:
            function = option(function)
        python = click.option("--oracle-python", type=click.Path(path_type=Path), required=required, help=help)
        return python(function)

    return decorate


def interpreter(python: Path, path: tuple[Path, ...], imports: tuple[str, ...]) -> Interpreter:
    """The interpreter that the options name."""
    from migrate.verify.oracles.process import Interpreter

    return Interpreter(python, path, imports)


def live_tvm(python: Path, path: tuple[Path, ...], imports: tuple[str, ...]) -> Tvm:
    """The TVM that the options name."""
    from migrate.verify.oracles.live_tvm import Tvm

    return Tvm(interpreter(python, path, imports), f"TVM of {python}")
