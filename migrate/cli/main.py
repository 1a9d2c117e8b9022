"""``relay2relax``: the door to every command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from migrate.cli.as_tvm import as_tvm
from migrate.cli.check import check
from migrate.cli.common import BAD_INPUT, print_json, show_diagnostics
from migrate.cli.completion import completion
from migrate.cli.config import defaults, find_config, read_config
from migrate.cli.convert import convert
from migrate.cli.corpus import corpus
from migrate.cli.exit_codes import told
from migrate.cli.explain import explain
from migrate.cli.fuzz import fuzz
from migrate.cli.inspect import inspect
from migrate.cli.ops import ops
from migrate.cli.passes import passes
from migrate.cli.port import port
from migrate.cli.prove import prove
from migrate.cli.record import record
from migrate.cli.reduce import reduce
from migrate.cli.report import report
from migrate.cli.revert import revert
from migrate.cli.scan import scan
from migrate.cli.serve import serve
from migrate.cli.shim import shim
from migrate.cli.status import status
from migrate.cli.step import step
from migrate.cli.verify import verify
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError

_SENTENCE = 200
"""Characters of a command's first sentence."""


class _Door(click.Group):
    """Usage errors and those of a configuration, too, are one JSON document where JSON was asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[__name__] = "--json" in args
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        width = max(map(len, self.commands))
        for title, members in SECTIONS.items():
            with formatter.section(title):
                rows = [(f"{item.name or '':<{width}}", item.get_short_help_str(_SENTENCE)) for item in members]
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not ctx.meta[__name__]:
                raise
            hint = f"run '{(error.ctx or ctx).command_path} --help'"
            problems = [Diagnostic(codes.BAD_OPTION, error.format_message(), hint=hint)]
        except DiagnosticError as error:
            problems = list(error.diagnostics)
        if ctx.meta[__name__]:
            print_json({"exit_code": BAD_INPUT, "diagnostics": [item.to_json() for item in problems]})
        else:
            show_diagnostics(problems)
        ctx.exit(BAD_INPUT)


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="relay2relax", prog_name="relay2relax")
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Options of a project; default: the nearest relay2relax.toml, or pyproject.toml with [tool.relay2relax].",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Move models, passes and Python from TVM's Relay to Relax, and prove each step.

    \b
    Start here:
      relay2relax inspect model.relay                 what is in it
      relay2relax check model.relay model.py          whether it reads, types and is well formed
      relay2relax convert model.relay -o model.py     say it in Relax, with a report
      relay2relax verify model.relay model.py         prove that both compute the same
      relay2relax report model.relay --verify         see both sides in the browser
      relay2relax step model.relay --parts 8          move it function by function, each state proved
      relay2relax scan fork/                          what a port of a fork's Python will find
      relay2relax port fork/                          rewrite it, as a patch

    \b
    Exit codes: 0 good; 1 a finding (something refused, kept opaque, or different); 2 bad input or option.
    """
    path = config or find_config(Path.cwd())
    if path is not None and os.devnull != str(path):
        found = read_config(path, main)
        ctx.default_map = defaults(main, found.values)
        found.use_ops()


def _say_exit_codes(command: click.Command, name: str) -> None:
    """The help of a command, and of those in it, ends with their exit codes."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _say_exit_codes(inner, f"{name} {inner.name}")
    if not isinstance(command, click.Group) or command.invoke_without_command:
        command.epilog = told(name)


SECTIONS: dict[str, tuple[click.Command, ...]] = {
    "Models": (inspect, check, convert, revert, verify, step, report, serve),
    "Python": (scan, port, status, prove, shim, as_tvm),
    "What is known": (ops, passes, explain),
    "Looking for faults": (fuzz, reduce, record, corpus),
    "This command": (completion,),
}
"""The commands as ``--help`` lists them."""

for command in (item for section in SECTIONS.values() for item in section):
    main.add_command(command)
    _say_exit_codes(command, command.name or "")
