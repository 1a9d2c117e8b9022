"""``relay2relax verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.common import FINDING, GOOD, command, print_json
from migrate.cli.options import from_release_option, inputs_option, json_option, params_option, seed_option
from migrate.cli.oracle_options import live_tvm, oracle_options

if TYPE_CHECKING:
    from migrate.values import Array
    from migrate.verify.oracles.live_tvm import Tvm
    from tensor_core.module import IRModule


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("script", metavar="[OUT.py]", required=False, type=click.Path(path_type=Path))
@params_option
@inputs_option
@seed_option
@from_release_option
@oracle_options("A Python that has a TVM with Relay: its answer is what everything here is held to.")
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
    if as_json:
        print_json({"exit_code": code, **verdict.to_json()})
    else:
        show_verdict(verdict)
    return code


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
