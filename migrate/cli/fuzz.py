"""``relay2relax fuzz``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import FINDING, GOOD, command, print_json
from migrate.cli.options import json_option
from migrate.cli.oracle_options import interpreter, oracle_options

_COUNT = click.IntRange(min=1)
_POSITIVE = click.FloatRange(min=0, min_open=True)


@click.command()
@click.option("--minutes", type=_POSITIVE, help="How long; default: 10, or to --programs.")
@click.option("--programs", type=_COUNT, help="How many programs, those in the database included.")
@click.option("--jobs", type=_COUNT, help="Processes on this machine; default: one for each processor.")
@click.option(
    "--property",
    "properties",
    multiple=True,
    metavar="NAME",
    help="What to check, may be repeated: `all`, a name, or package.module:ATTRIBUTE; default: the conversion.",
)
@click.option(
    "--seed", "programs_seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the programs."
)
@click.option("--size", default=10, show_default=True, type=_COUNT, help="About how many operators programs call.")
@click.option(
    "--features",
    metavar="NAME,...",
    help="What programs may hold beside operators, as let,if,references; default: everything.",
)
@click.option(
    "--database",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Keep findings and counts there, and go on where it ended; default: nothing is kept.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Run on the Dask cluster of this scheduler, as tcp://HOST:8786.")
@click.option(
    "--program-seconds",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=1),
    help="What one check of one program may take; more is a finding.",
)
@click.option(
    "--program-megabytes",
    default=4096,
    show_default=True,
    type=click.IntRange(min=512),
    help="Address space that one check may take; more is a finding.",
)
@oracle_options("A Python that has a TVM: ask it, too, about the programs (Relay) and what they convert to (Relax).")
@json_option
@command
def fuzz(
    minutes: float | None,
    programs: int | None,
    jobs: int | None,
    properties: tuple[str, ...],
    programs_seed: int,
    size: int,
    features: str | None,
    database: Path | None,
    scheduler: str | None,
    program_seconds: float,
    program_megabytes: int,
    oracle_python: Path | None,
    oracle_path: tuple[Path, ...],
    oracle_import: tuple[str, ...],
    as_json: bool,
) -> int:
    """Look for wrong conversions: check properties on generated programs, as many as there is time for.

    Each program follows from --seed and its number, so that a finding can be made again anywhere. Programs run in
    processes of their own: one that ends its process, hangs or runs out of memory is a finding, and the campaign goes
    on. With --database a campaign that was interrupted, in whatever way, goes on where it was.

    \b
    Example: relay2relax fuzz --minutes 30 --jobs 4 --database findings
             relay2relax fuzz --minutes 30 --oracle-python ~/fork/bin/python --oracle-import fork.ops
    """
    import os

    from migrate.cli.fuzz_display import display, show_summary, summary
    from migrate.verify.campaign import Goal, Plan, run_campaign
    from migrate.verify.campaign.cluster import Cluster
    from migrate.verify.campaign.engines import Local
    from migrate.verify.campaign.subjects import features_of, names, subject
    from migrate.verify.oracles.subjects import live_names

    names_of = names(properties)
    if oracle_python is not None:
        asked = names(properties) if properties else ()
        names_of = (*asked, *live_names(interpreter(oracle_python, oracle_path, oracle_import)))
    plan = Plan(names_of, programs_seed, size, features_of(features), program_seconds, program_megabytes)
    for name in names_of:
        subject(name)
    if minutes is None and programs is None:
        minutes = 10
    goal = Goal(None if minutes is None else minutes * 60, programs)
    engine = Local(plan, jobs or os.cpu_count() or 1) if scheduler is None else Cluster(plan, scheduler)
    with engine, display(enabled=not as_json) as show:
        progress = run_campaign(plan, goal, engine, database, show)
    code = FINDING if progress.tally.failures else GOOD
    if as_json:
        print_json({"exit_code": code, **summary(plan, progress, database)})
    else:
        show_summary(plan, progress, database)
    return code
