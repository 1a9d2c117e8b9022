"""``relay2relax convert``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import FINDING, GOOD, command, from_release_option, json_option, print_json, write_files


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--params", type=click.Path(path_type=Path), help="Parameters saved with relay.save_param_dict, or an .npz."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write the script; default: print it.")
@click.option("--target", default="0.27", show_default=True, help="TVM release to print for.")
@click.option("--expand", multiple=True, metavar="OP", help="Write this op out in simpler ones; may be repeated.")
@click.option(
    "--dim",
    "dims",
    multiple=True,
    metavar="PARAM.AXIS=WHAT",
    help="An open dimension's name, size or bounds: data.0=batch, data.0=16, data.0=batch:1..64; may be repeated.",
)
@click.option("--assume-equal", is_flag=True, help="Open dimensions that meet in a broadcast are equal, never 1.")
@click.option(
    "--qnn",
    type=click.Choice(["exact", "qdq"]),
    default="exact",
    show_default=True,
    help="Quantized operators in integers, or in floats between dequantize and quantize.",
)
@click.option("--prefer", type=click.Choice(["dps"]), help="Call the functions of libraries that cards name.")
@from_release_option
@click.option("--strict", is_flag=True, help="Exit 1 also for assumptions, lossy expansions and call_tir.")
@click.option("--force", is_flag=True, help="Overwrite an output file that differs.")
@json_option
@command
def convert(
    model: Path,
    params: Path | None,
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
    to it; and OUT_runtime.py, to be imported in TVM before running it, when it uses data types or references. The
    report says what became of every op call (1:1, adapted, expanded, library, call_tir, opaque or refused) and of every
    function, and what is assumed. Exit code 1 when anything was refused; the rest is converted.

    \b
    Example: relay2relax convert resnet18.relay --params resnet18.params -o resnet18.py
             relay2relax convert bert.relay --dim input_ids.0=batch:1..64 --dim input_ids.1=128 -o bert.py
             relay2relax convert old.py --from-release 0.19 --target 0.27 -o new.py
    """
    import migrate
    from migrate.forward.dynamic.requests import from_options
    from migrate.reading import params_beside
    from migrate.report.terminal import show_report

    module = migrate.load(model, params, release=from_release)
    asked = from_options(dims)
    result = migrate.convert(
        module, target, expand=expand, dims=asked, assume_equal=assume_equal, qnn=qnn, prefer=prefer or ""
    )
    script = result.script()
    files: dict[Path, bytes] = {}
    if output is not None:
        files[output] = script.encode()
        if result.module.params:
            files[params_beside(output)] = result.params_bytes()
        runtime = result.runtime_script()
        if runtime is not None:
            files[output.with_name(f"{output.stem}_runtime.py")] = runtime.encode()
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
