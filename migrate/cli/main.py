"""``relay2relax``: the door to every command."""

from __future__ import annotations

import click

from migrate.cli.convert import convert
from migrate.cli.explain import explain
from migrate.cli.inspect import inspect
from migrate.cli.passes import passes
from migrate.cli.port import port
from migrate.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="relay2relax", prog_name="relay2relax")
def main() -> None:
    """Move models, passes and Python from TVM's Relay to Relax, and prove each step.

    \b
    Start here:
      relay2relax inspect model.relay                 what is in it
      relay2relax convert model.relay -o model.py     say it in Relax, with a report
      relay2relax verify model.relay model.py         prove that both compute the same

    \b
    Exit codes: 0 good, 1 a finding (something refused, kept opaque, or different), 2 bad input.
    """


for command in (inspect, convert, verify, port, passes, explain):
    main.add_command(command)
