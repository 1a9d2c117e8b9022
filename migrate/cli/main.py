"""``relay2relax``: the door to every command."""

from __future__ import annotations

from typing import Any

import click

from migrate.cli.as_tvm import as_tvm
from migrate.cli.check import check
from migrate.cli.common import BAD_INPUT, print_json
from migrate.cli.convert import convert
from migrate.cli.corpus import corpus
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
from tensor_core.diagnostics import Diagnostic


class _Door(click.Group):
    """Usage errors, too, are one JSON document where JSON was asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[__name__] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not ctx.meta[__name__]:
                raise
            hint = f"run '{(error.ctx or ctx).command_path} --help'"
            problem = Diagnostic(codes.BAD_OPTION, error.format_message(), hint=hint)
            print_json({"exit_code": BAD_INPUT, "diagnostics": [problem.to_json()]})
            ctx.exit(BAD_INPUT)


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="relay2relax", prog_name="relay2relax")
def main() -> None:
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
    Exit codes: 0 good, 1 a finding (something refused, kept opaque, or different), 2 bad input.
    """


for command in (
    inspect,
    check,
    convert,
    revert,
    verify,
    report,
    serve,
    fuzz,
    reduce,
    record,
    corpus,
    step,
    scan,
    port,
    status,
    shim,
    prove,
    ops,
    passes,
    as_tvm,
    explain,
):
    main.add_command(command)
