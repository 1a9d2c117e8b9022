"""``relay2relax convert``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import (
    conversion_options,
    force_option,
    from_release_option,
    json_option,
    output_option,
    params_option,
    strict_option,
)
from migrate.cli.progress import stages
from migrate.ticker import silent


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@params_option
@conversion_options("bind_params")
@click.option(
    "--params-out",
    type=click.Path(path_type=Path),
    help="Where to write the arrays, .npz or .safetensors; default: OUT.params.npz.",
)
@output_option("Where to write the script; default: print it.")
@conversion_options("target", "expand", "dims", "assume_equal", "qnn", "prefer")
@from_release_option
@strict_option("Exit 1 also for assumptions, lossy expansions and call_tir.")
@force_option
@json_option
@command
def convert(
    model: Path,
    params: Path | None,
    bind_params: bool,
    params_out: Path | None,
    output: Path | None,
    target: str,
    expand: tuple[str, ...],
    dims: tuple[str, ...],
    assume_equal: bool,
    qnn: str,
    prefer: str | None,
    from_release: str | None,
    strict: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Convert a Relay MODEL (text or JSON) to Relax; a Relax script to that of another TVM release.

    Writes OUT.py, a TVMScript that TVM's from_source reads; OUT.params.npz when parameters or lifted constants belong
    to it (parameters stay arguments, unless --bind-params; the script's first lines say how to bind arrays); and
    OUT_runtime.py, to be imported in TVM before running it, when it uses data types or references. The report says what
    became of every op call (1:1, adapted, expanded, library, call_tir, opaque or refused) and of every function, and
    what is assumed. What is not refused is converted.

    \b
    Example: relay2relax convert resnet18.relay --params resnet18.params -o resnet18.py
             relay2relax convert bert.relay --dim input_ids.0=batch:1..64 --dim input_ids.1=128 -o bert.py
             relay2relax convert old.py --from-release 0.19 --target 0.27 -o new.py
    """
    import migrate
    from migrate.cli.outputs import conversion_files
    from migrate.forward.dynamic.requests import from_options
    from migrate.params.files import params_writer
    from migrate.reading import params_beside
    from migrate.report.terminal import show_report

    arrays_at = params_out or (params_beside(output) if output is not None else None)
    if params_out is not None:
        params_writer(params_out, {})
    with stages(enabled=not as_json) as progress:
        tick = progress or silent
        tick("reading", 0, 0)
        asked = from_options(dims)
        module = migrate.load(model, params, release=from_release)
        tick("converting", 0, 0)
        result = migrate.convert(
            module,
            target,
            expand=expand,
            dims=asked,
            assume_equal=assume_equal,
            qnn=qnn,
            prefer=prefer or "",
            bind_params=bind_params,
        )
        tick("writing", 0, 0)
        script, files = conversion_files(result, output, arrays_at)
        write_files(files, force, keep=[path for path in (model, params) if path is not None])
    findings = result.report.compromises if strict else []
    code = FINDING if findings or not result.report.complete else GOOD
    if as_json:
        document = {
            "exit_code": code,
            "written": [str(path) for path in files],
            **result.report.to_json(),
        }
        print_json(document if output is not None else {**document, "script": script})
    else:
        if output is None:
            click.echo(script, nl=False)
        show_report(result.report, list(files))
        for finding in findings:
            click.secho(f"strict: {finding}", fg="red", err=True)
    return code
