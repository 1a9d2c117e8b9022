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
@click.argument("script", metavar="[OUT.py]", required=False, type=click.Path(path_type=Path))
@params_option
@inputs_option
@seed_option
@from_release_option
@oracle_options("A Python that has a TVM with Relay: its answer is what everything here is held to.")
@click.option(
    "--witness",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="When both differ, write a test for pytest there that shows it, of MODEL's own conversion a small one.",
)
@force_option
@json_option
@command
def verify(
    model: Path,
    script: Path | None,
    params: Path | None,
    inputs: Path | None,
    seed: int,
    from_release: str | None,
    oracle_python: Path | None,
    oracle_path: tuple[Path, ...],
    oracle_import: tuple[str, ...],
    witness: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Prove that a Relay MODEL and its Relax script compute the same.

    Without OUT.py the model's own conversion is checked. Every op is judged on the reference's own inputs under the
    rounding bound of that one op; the outputs end to end under a measured condition estimate. The first wrong op is
    named. --from-release says what MODEL was written for when it is below 0.19, else what OUT.py was.

    With --oracle-python, a real TVM says what MODEL gives, and the interpreter and the compiled form of the Relay side
    and the compiled Relax side are judged by that answer.

    \b
    Example: relay2relax verify resnet18.relay resnet18.py --seed 7
             relay2relax verify resnet18.relay --oracle-python ~/fork/bin/python --oracle-import fork.ops
    """
    import migrate
    from migrate.cli.progress import stages
    from migrate.params.npz import read_npz
    from migrate.reading import arrays_beside
    from migrate.report.terminal import show_verdict
    from relay_compat.history.releases import is_older

    # No release that Relax scripts are read of had another Relay than 0.19.
    of_model = script is None or (from_release is not None and is_older(from_release))
    left = migrate.load(model, params, release=from_release if of_model else None)
    right = None
    if script is not None:
        right = migrate.load(script, arrays_beside(script), release=None if of_model else from_release)
    arguments = read_npz(inputs) if inputs else None
    if oracle_python is not None:
        tvm = live_tvm(oracle_python, oracle_path, oracle_import)
        return _by_oracle(tvm, model, left, right, arguments, seed, as_json)
    with stages(enabled=not as_json) as progress:
        verdict = migrate.verify(left, right, arguments, seed, progress=progress)
    code = GOOD if verdict else FINDING
    files: list[str] = []
    if witness is not None and not verdict:
        files = _write_witness(witness, left, right, script, model.name, verdict, force, as_json)
    if as_json:
        print_json({"exit_code": code, **verdict.to_json(), **({"files": files} if witness is not None else {})})
    else:
        show_verdict(verdict)
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
