"""``relay2relax step``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import (
    conversion_options,
    force_option,
    from_release_option,
    inputs_option,
    json_option,
    output_option,
    params_option,
    running_options,
    seed_option,
)

if TYPE_CHECKING:
    from migrate.mixed import Journey
    from migrate.params.files import Writer
    from tensor_core.module import IRModule


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("script", metavar="[SCRIPT.py]", required=False, type=click.Path(path_type=Path))
@params_option
@click.option(
    "--parts", default=1, show_default=True, type=click.IntRange(min=1), help="First cut @main into so many functions."
)
@click.option(
    "--order",
    default="callees",
    show_default=True,
    metavar="callees|callers|NAMES",
    help="Callees or callers first, or the functions to move, separated by commas.",
)
@conversion_options("target", "expand", "dims", "assume_equal")
@inputs_option
@seed_option
@output_option("Where to write the Relax script of the end.")
@force_option
@from_release_option
@running_options
@json_option
@command
def step(
    model: Path,
    script: Path | None,
    params: Path | None,
    parts: int,
    order: str,
    target: str,
    expand: tuple[str, ...],
    dims: tuple[str, ...],
    assume_equal: bool,
    inputs: Path | None,
    seed: int,
    output: Path | None,
    force: bool,
    from_release: str | None,
    as_json: bool,
) -> int:
    """Move a Relay MODEL to Relax one function at a time, and verify every state on the way.

    A state is one program in which some functions are Relay and the others Relax. It must compute what the Relay
    program does: as a whole, and in each function on the arguments that the program gives it. A function that does not
    is named, stays Relay, and the others move on. With SCRIPT.py functions are taken from there, by name, instead of
    being converted: ported by hand, say. --parts cuts a model that is one large function where few values cross.

    -o writes OUT.py with its OUT.params.npz once every function is Relax, for algebraic data and references
    OUT_runtime.py, too; with --parts also OUT.relay, the Relay program as it was cut.

    \b
    Example: relay2relax step resnet18.relay --parts 8 -o moved.py
             relay2relax step moved.relay moved.py
    """
    import migrate
    from migrate.cli.progress import stages
    from migrate.forward.dynamic.requests import from_options
    from migrate.mixed import begin, outline, walk
    from migrate.params.npz import read_npz
    from migrate.reading import arrays_beside
    from migrate.report.moves import show_journey

    module = migrate.load(model, params, release=from_release)
    if parts > 1:
        module = outline(module, parts)
    given = None
    if script is not None:
        given = migrate.load(script, arrays_beside(script))
    way = order if order in ("callees", "callers") else order.split(",")
    arguments = read_npz(inputs) if inputs else None
    with stages(enabled=not as_json) as progress:
        start = begin(module, target, expand=expand, dims=from_options(dims), assume_equal=assume_equal)
        journey = walk(start, given, arguments, order=way, seed=seed, progress=progress)
    files = {} if output is None else _files(journey, output, cut=parts > 1)
    write_files(files, force, keep=[path for path in (model, script, params, inputs) if path is not None])
    code = GOOD if journey else FINDING
    if as_json:
        print_json({"exit_code": code, "written": [str(path) for path in files], **journey.to_json()})
    else:
        show_journey(journey, list(files))
    return code


def _files(journey: Journey, output: Path, cut: bool) -> dict[Path, bytes | Writer]:
    """The Relay program, and where nothing of it is left the Relax script with its arrays."""
    from migrate.cli.outputs import conversion_files
    from migrate.forward.result import ConversionResult
    from migrate.mixed.constants import lifted
    from migrate.reading import params_beside
    from migrate.report.model import Report

    state = journey.state
    files: dict[Path, bytes | Writer] = {output.with_suffix(".relay"): _text(state.source).encode()} if cut else {}
    if len(state.moved) == len(state.names):
        result = ConversionResult(lifted(state.relax), Report(state.options.target))
        _, more = conversion_files(result, output, params_beside(output))
        files |= more
    return files


def _text(module: IRModule) -> str:
    """TVM's text of a Relay module; where that does not say all of it, the one that does."""
    from relay_compat.structural import structural_equal
    from relay_compat.text.parser import parse
    from relay_compat.text.printer import print_module
    from tensor_core.diagnostics import DiagnosticError

    text = print_module(module)
    try:
        if structural_equal(parse(text), module):
            return text
    except DiagnosticError:
        pass
    return print_module(module, lossless=True)
