"""``relay2relax verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import (
    force_option,
    from_release_option,
    inputs_option,
    json_option,
    params_option,
    running_options,
    seed_option,
)
from migrate.cli.oracle_options import live_tvm, oracle_options

if TYPE_CHECKING:
    from migrate.values import Array
    from migrate.verify.oracles.live_tvm import Tvm
    from migrate.verify.verdict import Verdict
    from tensor_core.module import IRModule


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("script", metavar="[OTHER]", required=False, type=click.Path(path_type=Path))
@params_option
@inputs_option
@click.option("--outputs", type=click.Path(path_type=Path), help="Recorded outputs (.npz) that MODEL is held to.")
@seed_option
@click.option("--per-layer", is_flag=True, help="Run both sides and show every op call, the worst first.")
@click.option("--run", "run_them", is_flag=True, help="Run both sides also where they are proved equal.")
@click.option(
    "--largest-bound",
    type=click.FloatRange(0, 1e-3, min_open=True),
    metavar="SHARE",
    help="Rounding bounds above this share of an output's scale decide nothing.  [default: 1e-3, the most]",
)
@from_release_option
@oracle_options("A Python that has a TVM with Relay: its answer is what everything here is held to.")
@click.option(
    "--witness",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="When both differ, write a test for pytest there that shows it, of MODEL's own conversion a small one.",
)
@force_option
@running_options
@json_option
@command
def verify(
    model: Path,
    script: Path | None,
    params: Path | None,
    inputs: Path | None,
    outputs: Path | None,
    seed: int,
    per_layer: bool,
    run_them: bool,
    largest_bound: float | None,
    from_release: str | None,
    oracle_python: Path | None,
    oracle_path: tuple[Path, ...],
    oracle_import: tuple[str, ...],
    witness: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Prove that two programs compute the same: Relay or Relax, or a program and outputs that were recorded (.npz).

    Without OTHER a Relay model's own conversion is checked. Sides that lower to one program are proved equal without
    running them. Else every op is judged on MODEL's own inputs under the rounding bound of that one op; the outputs end
    to end under a measured condition estimate. The first wrong op is named. --from-release says what MODEL was written
    for when it is below 0.19, else what OTHER was.

    With --oracle-python, a real TVM says what MODEL gives, and the interpreter and the compiled form of the Relay side
    and the compiled Relax side are judged by that answer.

    \b
    Example: relay2relax verify resnet18.relay resnet18.py --seed 7
             relay2relax verify resnet18.relay recorded.npz
             relay2relax verify resnet18.relay --oracle-python ~/fork/bin/python --oracle-import fork.ops
    """
    import migrate
    from migrate.cli.progress import stages
    from migrate.params.npz import read_npz
    from migrate.reading import arrays_beside
    from migrate.report.terminal import show_verdict
    from migrate.verify import condition
    from migrate.verify.recorded import Recorded, read_recorded
    from relay_compat.history.releases import is_older
    from tensor_core import codes
    from tensor_core.diagnostics import fail

    # No release that Relax scripts are read of had another Relay than 0.19.
    of_model = script is None or (from_release is not None and is_older(from_release))
    beside = arrays_beside(model) if params is None and model.suffix == ".py" else params
    left = migrate.load(model, beside, release=from_release if of_model else None)
    right = None
    if outputs is not None and script is not None:
        raise fail(codes.BAD_INPUTS, "there are two other sides", hint="give either OTHER or --outputs")
    recorded = outputs or (script if script is not None and script.suffix == ".npz" else None)
    if recorded is not None:
        right = read_recorded(recorded)
    elif script is not None:
        right = migrate.load(script, arrays_beside(script), release=None if of_model else from_release)
    arguments = read_npz(inputs) if inputs else None
    if isinstance(right, Recorded) and witness is not None:
        raise fail(codes.BAD_INPUTS, "no test is made of recorded outputs", hint="give --witness with two modules")
    if oracle_python is not None:
        if isinstance(right, Recorded):
            raise fail(codes.BAD_INPUTS, "a TVM's answer takes the place of recorded ones", hint="give one of them")
        tvm = live_tvm(oracle_python, oracle_path, oracle_import)
        return _by_oracle(tvm, model, left, right, arguments, seed, as_json)
    with stages(enabled=not as_json) as progress, condition.largest_bound(largest_bound):
        verdict = migrate.verify(left, right, arguments, seed, progress=progress, prove=not (per_layer or run_them))
    code = GOOD if verdict else FINDING
    files: list[str] = []
    if witness is not None and not verdict:
        assert not isinstance(right, Recorded)
        files = _write_witness(witness, left, right, script, model.name, verdict, force, as_json)
    if as_json:
        told = verdict.to_json(layers=per_layer)
        print_json({"exit_code": code, **told, **({"files": files} if witness is not None else {})})
    else:
        show_verdict(verdict, layers=per_layer)
        for file in files:
            click.echo(f"written: {file}")
    return code


def _write_witness(
    folder: Path,
    left: IRModule,
    right: IRModule | None,
    script: Path | None,
    source: str,
    verdict: Verdict,
    force: bool,
    as_json: bool,
) -> list[str]:
    """The files that show a failure, written into a folder."""
    from migrate.cli.progress import checks
    from migrate.verify.reduce.given import reduced_conversion
    from migrate.verify.witnesses.write import pair_files
    from migrate.whole_file import read_bytes

    if right is None or script is None:
        with checks(enabled=not as_json) as tick:
            contents = reduced_conversion(left, verdict, source, tick)
    else:
        contents = pair_files(left, read_bytes(script).decode("utf-8-sig"), right.params, verdict)
    folder.mkdir(parents=True, exist_ok=True)
    write_files({folder / name: content for name, content in contents.items()}, force)
    return [str(folder / name) for name in contents]


def _by_oracle(
    tvm: Tvm,
    model: Path,
    left: IRModule,
    right: IRModule | None,
    inputs: dict[str, Array] | None,
    seed: int,
    as_json: bool,
) -> int:
    from migrate.report.standing import show_standing
    from migrate.verify.oracles.standing import standing
    from migrate.whole_file import read_bytes

    with tvm:
        found = standing(tvm, left, read_bytes(model).decode("utf-8-sig"), right, inputs, seed)
    code = GOOD if found else FINDING
    if as_json:
        print_json({"exit_code": code, **found.to_json()})
    else:
        show_standing(found)
    return code
