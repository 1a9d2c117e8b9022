"""Options that several commands have, each said once. What a conversion may be asked is :class:`Options`: its fields,
their defaults and choices are those of the command line.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from migrate.forward.options import PREFERENCES, QNN, Options
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.execution import MEMORY_LIMIT, THREADS

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULTS = Options()
_FILE: click.Path = click.Path(path_type=Path)


class Existing(click.Path):
    """The path of a file, or with ``folder`` of a folder, that is there; else R2R0701."""

    def __init__(self, folder: bool = False) -> None:
        super().__init__(path_type=Path)
        self._folder = folder

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See :meth:`click.ParamType.convert`."""
        path = Path(str(super().convert(value, param, ctx)))
        if not (path.is_dir() if self._folder else path.is_file()):
            raise fail(
                codes.FILE_MISSING, f"there is no {'folder' if self._folder else 'file'} {path}", hint="check the path"
            )
        return path


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout instead of text.")

from_release_option = click.option(
    "--from-release",
    metavar="R",
    help="TVM release that the input was written for; default: what the file itself says, else 0.19 for Relay.",
)

params_option = click.option(
    "--params", type=_FILE, help="Parameters saved with relay.save_param_dict, an .npz or a .safetensors."
)

inputs_option = click.option("--inputs", type=_FILE, help="Arguments by parameter name (.npz); missing ones are drawn.")

seed_option = click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the drawn arguments."
)

force_option = click.option("--force", is_flag=True, help="Overwrite output files that differ.")

_CONVERSION = {
    "target": click.option("--target", default=_DEFAULTS.target, show_default=True, help="TVM release to convert for."),
    "expand": click.option(
        "--expand", multiple=True, metavar="OP", help="Write this op out in simpler ones; may be repeated."
    ),
    "dims": click.option(
        "--dim",
        "dims",
        multiple=True,
        metavar="PARAM.AXIS=WHAT",
        help="An open dimension's name, size or bounds: data.0=batch, data.0=16, data.0=batch:1..64; may be repeated.",
    ),
    "assume_equal": click.option(
        "--assume-equal", is_flag=True, help="Open dimensions that meet in a broadcast are equal, never 1."
    ),
    "qnn": click.option(
        "--qnn",
        type=click.Choice(QNN),
        default=_DEFAULTS.qnn,
        show_default=True,
        help="Quantized operators in integers, or in floats between dequantize and quantize.",
    ),
    "prefer": click.option(
        "--prefer",
        type=click.Choice([item for item in PREFERENCES if item]),
        help="Call the functions of libraries that cards name.",
    ),
    "bind_params": click.option(
        "--bind-params", is_flag=True, help="Make constants of them: small ones in the text, large ones behind it."
    ),
}


def conversion_options(*fields: str) -> Callable[[F], F]:
    """The options of these fields of :class:`Options`, in this order."""

    def decorate(function: F) -> F:
        for name in reversed(fields):
            function = _CONVERSION[name](function)
        return function

    return decorate


def running_options(function: F) -> F:
    """``--threads`` and ``--memory-limit``: how what a command compiles is run, also by processes that it starts."""
    for name, variable, metavar, help in reversed(_RUNNING):
        told = click.option(
            name, metavar=metavar, type=click.IntRange(min=1), help=help, expose_value=False, callback=_tell(variable)
        )
        function = told(function)
    return function


_RUNNING = (
    ("--threads", THREADS, "N", "Threads that share large kernels; results do not depend on it.  [default: 1]"),
    ("--memory-limit", MEMORY_LIMIT, "MB", "What the values of one compiled program may take, or it is R2R0611."),
)


def _tell(variable: str) -> Callable[[click.Context, click.Parameter, int | None], None]:
    """Say a number in an environment variable while the command runs."""

    def callback(ctx: click.Context, _: click.Parameter, value: int | None) -> None:
        if value is None:
            return
        before = os.environ.get(variable)
        os.environ[variable] = str(value)
        ctx.call_on_close(lambda: _restore(variable, before))

    return callback


def _restore(variable: str, before: str | None) -> None:
    if before is None:
        del os.environ[variable]
    else:
        os.environ[variable] = before


def output_option(help: str) -> Callable[[F], F]:
    """``-o``, the file that a command writes."""
    return click.option("-o", "--output", type=_FILE, help=help)


def strict_option(help: str) -> Callable[[F], F]:
    """``--strict``: a finding also for what is converted, but not the same."""
    return click.option("--strict", is_flag=True, help=help)
