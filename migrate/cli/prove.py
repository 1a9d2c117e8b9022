"""``relay2relax prove``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import Existing, force_option, json_option, seed_option
from tensor_core import codes
from tensor_core.contract import Contract
from tensor_core.diagnostics import fail

if TYPE_CHECKING:
    from migrate.verify.generate.skeletons.table import Skeleton
    from migrate.verify.ported.files import FileProof, Trial
    from migrate.verify.ported.real import RealProof

_FILE = Existing()
_KINDS = ("rewrite", "mutator", "pass")


@click.command()
@click.argument("original", type=_FILE)
@click.argument("ported", type=_FILE)
@click.option(
    "--pass", "names", metavar="NAME[=PORTED]", multiple=True,
    help="What to try, and what the port calls it where it has another name: expressions in the names of the files, as "
    "FuseConv, FuseConv(2), pattern_table() or Mutator(mod, 3). By default all rewritings, mutators and passes.",
)  # fmt: skip
@click.option(
    "--target", "to_release", default="0.27", show_default=True, help="The TVM release the port is written for."
)
@click.option("--programs", default=100, show_default=True, type=click.IntRange(min=1), help="How many to generate.")
@seed_option
@click.option(
    "--example", "examples", multiple=True, type=_FILE,
    help="A file of Relay text with a function main that the original changes, to draw programs around.",
)  # fmt: skip
@click.option("--branches", is_flag=True, help="Have lets and choices in programs.")
@click.option(
    "--contract", default="approximate", show_default=True, type=click.Choice([item.value for item in Contract]),
    help="What the original may change about the numbers; the port of an approximate one is held to what that gives.",
)  # fmt: skip
@click.option(
    "--timeout", default=60.0, show_default=True, metavar="SECONDS", help="For one answer of the user's code."
)
@click.option("--memory", default=8192, show_default=True, metavar="MB", help="Address space of each of its processes.")
@click.option(
    "--relay-python",
    type=click.Path(path_type=Path),
    help="The Python of a real TVM with Relay, to run the original in.",
)
@click.option(
    "--relax-python",
    type=click.Path(path_type=Path),
    help="The Python of a real TVM of the target, to run the port in.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write a pytest file that tries this, run nothing."
)
@force_option
@click.option("--record", is_flag=True, help="Keep the verdicts in relay2relax.lock, which 'status --check' looks at.")
@json_option
@command
def prove(
    original: Path,
    ported: Path,
    names: tuple[str, ...],
    to_release: str,
    programs: int,
    seed: int,
    examples: tuple[Path, ...],
    branches: bool,
    contract: str,
    timeout: float,
    memory: int,
    relay_python: Path | None,
    relax_python: Path | None,
    output: Path | None,
    force: bool,
    record: bool,
    as_json: bool,
) -> int:
    """Prove ported Python: what ORIGINAL does to Relay programs, PORTED does to the same in Relax.

    ORIGINAL runs under the alias of TVM 0.19, PORTED under that of the target, each in a process of its own. Programs
    are drawn around the patterns that the original looks for. With the Pythons of two real TVMs both files, and the
    programs, run there as well.

    \b
    Example: relay2relax prove fork/rewrites.py ported/rewrites.py --pass FuseConv --programs 1000
    """
    from migrate.verify.ported.files import Trial
    from migrate.verify.ported.scaffold import file_of

    if (relay_python is None) != (relax_python is None):
        raise fail(codes.BAD_OPTION, "one real TVM is not enough", hint="give --relay-python and --relax-python")
    trials = [
        Trial(
            original, ported, name, ported_name, to_release, programs, seed, _examples(examples), branches,
            Contract(contract), timeout, memory,
        )
        for name, ported_name in _pairs(names or _all(original, ported, to_release, timeout, memory))
    ]  # fmt: skip
    if output is not None:
        write_files({output: file_of(trials, output, examples).encode()}, force)
        if as_json:
            print_json({"exit_code": GOOD, "written": [str(output)]})
        else:
            click.echo(f"wrote {output}; run it with: python -m pytest {output}")
        return GOOD
    results = [_tried(trial, relay_python, relax_python, as_json) for trial in trials]
    if record:
        _record(ported, to_release, trials, results)
    code = GOOD if all(all(item is None or bool(item) for item in pair) for pair in results) else FINDING
    if as_json:
        print_json(
            {
                "exit_code": code,
                "target": to_release,
                "seed": seed,
                "passes": [
                    {**found.to_json(), "in_tvm": None if real is None else real.to_json()} for found, real in results
                ],
            }
        )
    return code


def _record(
    ported: Path, target: str, trials: Sequence[Trial], results: Sequence[tuple[FileProof, RealProof | None]]
) -> None:
    """Write what was found into the lock of the port; it is the weaker of both where real TVMs were asked, too."""
    from migrate.cli.locking import lock_path
    from migrate.codemods.lock import VERDICTS, Lock, name_of, read_lock

    place = lock_path([ported])
    lock = read_lock(place) if place.exists() else Lock(target, "0.19")
    for trial, (found, real) in zip(trials, results, strict=True):
        proof = found.proof
        verdict = "holds" if found else "different"
        if proof.counterexample is None and proof.vacuous:
            verdict = "vacuous"
        elif proof.counterexample is None and proof.missed:
            verdict = "missed"
        if real is not None and not real:
            verdict = max(verdict, "different", key=VERDICTS.index)
        lock = lock.with_proof(f"{name_of(ported, place)}:{trial.names[1]}", verdict, proof.programs, trial.seed)
    write_files({place: lock.text().encode()}, force=True)


def _pairs(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """What to try and its name in the port; an equals sign within parentheses belongs to the expression."""
    found: list[tuple[str, str]] = []
    for text in names:
        name, equals, ported = text.partition("=")
        found.append((name, ported) if equals and name.isidentifier() else (text, ""))
    return found


def _all(original: Path, ported: Path, target: str, timeout: float, memory: int) -> tuple[str, ...]:
    """What both files have to try. R2R0703 when there is nothing."""
    from migrate.verify.ported.user_file import UserFile, under_alias

    with UserFile(under_alias("0.19", memory=memory), original, "0.19", timeout) as old:
        kinds = old.names()
    with UserFile(under_alias(target, memory=memory), ported, target, timeout) as new:
        there = new.names()
    found = tuple(name for name, kind in kinds.items() if kind in _KINDS and name in there)
    if not found:
        raise fail(
            codes.BAD_OPTION, f"{original} and {ported} have no rewriting, mutator or pass of one name",
            hint="say with --pass what is to be tried",
        )  # fmt: skip
    return found


def _examples(paths: tuple[Path, ...]) -> tuple[Skeleton, ...]:
    from migrate.verify.generate.skeletons.example import example

    return tuple(example(path.stem, path.read_text("utf-8")) for path in paths)


def _tried(
    trial: Trial, relay_python: Path | None, relax_python: Path | None, quiet: bool
) -> tuple[FileProof, RealProof | None]:
    from migrate.cli.progress import stages
    from migrate.report.proofs import tell, tell_real
    from migrate.verify.ported.files import prove_in_tvm, prove_trial

    with stages(enabled=not quiet) as progress:

        def tick(done: int) -> None:
            if progress is not None:
                progress(f"programs for {trial.name}", done, trial.programs)

        found = prove_trial(trial, tick)
        real = None
        if found and relay_python is not None and relax_python is not None:
            real = prove_in_tvm(trial, relay_python, relax_python, tick)
    if not quiet:
        tell(found)
        if real is not None:
            tell_real(trial, real)
    return found, real
