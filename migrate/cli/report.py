"""``relay2relax report``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import (
    conversion_options,
    force_option,
    from_release_option,
    inputs_option,
    json_option,
    params_option,
    running_options,
    seed_option,
)
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail

if TYPE_CHECKING:
    from migrate.report.page.model_report import ModelReport

_FILE: click.Path = click.Path(path_type=Path)


@click.command()
@click.argument("model", required=False, type=_FILE)
@click.argument("script", required=False, type=_FILE)
@params_option
@click.option("--verify", "verify_it", is_flag=True, help="Run both sides, and show what every call gave.")
@inputs_option
@seed_option
@click.option("--verdict", type=_FILE, help="Instead of --verify: what 'verify --per-layer --json' printed.")
@click.option("--passes", is_flag=True, help="Show the ledger of Relay's passes, too.")
@click.option("--campaign", type=_FILE, help="Show the coverage of a campaign, too: what 'fuzz --json' printed.")
@click.option("--title", help="What the report is called; default: the name of the first file.")
@click.option(
    "-o", "--output", type=_FILE, default=Path("report.html"), show_default=True, help="The HTML file to write."
)
@conversion_options("target", "expand", "dims", "assume_equal", "qnn", "prefer")
@from_release_option
@force_option
@running_options
@json_option
@command
def report(
    model: Path | None,
    script: Path | None,
    params: Path | None,
    verify_it: bool,
    inputs: Path | None,
    seed: int,
    verdict: Path | None,
    passes: bool,
    campaign: Path | None,
    title: str | None,
    output: Path,
    target: str,
    expand: tuple[str, ...],
    dims: tuple[str, ...],
    assume_equal: bool,
    qnn: str,
    prefer: str | None,
    from_release: str | None,
    force: bool,
    as_json: bool,
) -> int:
    """Write a report for the browser: one HTML file that needs no network and no other file.

    MODEL is a Relay model, SCRIPT the Relax it became; without SCRIPT it is converted here. Both texts stand side by
    side, what is pointed at on one side is shown on the other, and every call has the colour of what became of it.
    With --verify or --verdict each call also shows how far it is off, as a share of what rounding may do. The options
    of the conversion are those that SCRIPT was made with. Without MODEL the report shows a --verdict, --campaign or
    the --passes alone.

    \b
    Example: relay2relax report resnet18.relay --verify -o resnet18.html
             relay2relax report resnet18.relay resnet18.py --verdict verdict.json
             relay2relax report --campaign campaign.json --passes
    """
    from migrate.cli.progress import stages
    from migrate.forward.dynamic.requests import from_options
    from migrate.report.page.html import document, html
    from migrate.report.page.sections import campaign_section, passes_section, verdict_section
    from migrate.report.page.verdicts import checked

    if model is None and verdict is None and campaign is None and not passes:
        raise fail(codes.BAD_OPTION, "there is nothing to show", hint="give a MODEL, --verdict, --campaign or --passes")
    if verify_it and (verdict is not None or model is None):
        hint = "give MODEL and one of --verify and --verdict"
        raise fail(codes.BAD_OPTION, "--verify runs MODEL, --verdict says what a run gave", hint=hint)
    judged = None if verdict is None else checked(_json_of(verdict), str(verdict))
    covered = None if campaign is None else campaign_section(_json_of(campaign), str(campaign))
    section, code = None, GOOD
    if model is not None:
        options = {
            "target": target,
            "expand": expand,
            "dims": from_options(dims),
            "assume_equal": assume_equal,
            "qnn": qnn,
            "prefer": prefer or "",
        }
        with stages(enabled=not as_json) as progress:
            found = _of_model(model, script, params, from_release, options)
            if verify_it:
                judged = _verified(found, inputs, seed, progress)
        found = found if judged is None else found.judged_by(judged)
        section, code = found.to_json(), GOOD if found.complete else FINDING
    elif judged is not None:
        section = verdict_section(judged)
    if judged is not None and judged["outcome"] in ("different", "inconclusive"):
        code = FINDING
    first = model or verdict or campaign
    called = title or (first.name if first else "Passes")
    page = document(called, section, passes_section() if passes else None, covered)
    kept = [path for path in (model, script, params, verdict, campaign) if path is not None]
    write_files({output: html(page).encode()}, force, keep=kept)
    if as_json:
        print_json({"exit_code": code, "written": [str(output)], **page})
    else:
        click.echo(f"wrote {output}")
    return code


def _of_model(
    model: Path, script: Path | None, params: Path | None, release: str | None, options: dict[str, Any]
) -> ModelReport:
    from migrate.report.page.model_report import model_report
    from migrate.report.page.sides import relax_side, relay_side

    right = None if script is None else relax_side(script)
    return model_report(relay_side(model, params, release), right, **options)


def _verified(found: ModelReport, inputs: Path | None, seed: int, progress: Any) -> dict[str, Any]:
    """The verdict on both sides; one that says why where they cannot be run, as with stubs for refused calls."""
    import migrate
    from migrate.params.npz import read_npz
    from migrate.verify.verdict import Outcome, Verdict

    arguments = read_npz(inputs) if inputs else None
    try:
        made = migrate.verify(found.left.module, found.right.module, arguments, seed, progress=progress, prove=False)
    except DiagnosticError as error:
        made = Verdict(Outcome.INCONCLUSIVE, f"it was not run: {error.diagnostics[0].message}")
    return made.to_json(layers=True)


def _json_of(path: Path) -> Any:
    """A document. R2R0703 for what is no JSON."""
    import json

    from migrate.whole_file import read_bytes

    try:
        return json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise fail(codes.BAD_OPTION, f"{path} is not JSON", hint="give what a command printed with --json") from error
