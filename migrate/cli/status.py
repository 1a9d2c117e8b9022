"""``relay2relax status``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.options import json_option
from migrate.cli.porting import jobs_option, options_of, port_some
from tensor_core import codes
from tensor_core.diagnostics import fail

if TYPE_CHECKING:
    from migrate.codemods.batch import Outcome
    from migrate.codemods.lock import Lock


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Fail when something is worse than the lock says: for CI.")
@click.option(
    "--update", is_flag=True, help="Take everything as it is now into the lock; makes one where there is none."
)
@click.option(
    "--accept", metavar="FILE:LEVEL:RULE", help="Accept that places stay as they are; or proof:PASS, a worse verdict."
)
@click.option("--reason", metavar="TEXT", help="Why; kept in the lock.")
@click.option("--from", "source", default="0.19", metavar="R", help="For a new lock: the release of the Python.")
@click.option(
    "--target", "to_release", metavar="R", help="For a new lock: the release to port to; default: the newest."
)
@jobs_option
@json_option
@command
def status(
    paths: tuple[Path, ...],
    check: bool,
    update: bool,
    accept: str | None,
    reason: str | None,
    source: str,
    to_release: str | None,
    jobs: int,
    as_json: bool,
) -> int:
    """Show how far a port is: what is ported, what changed since, what is left, as relay2relax.lock has it.

    Without PATH, what was ported before is looked at. Regressions are: a file with more of the old API than the lock
    says, or that is in no lock and uses it; a ported file that is again what it was, or is no Python any more; a proof
    that says less than it did. --check fails on them. An edited file is compared by its uses, not by its bytes.

    \b
    Example: relay2relax status --check
             relay2relax status --accept fork/op.py:manual:relay.adt --reason "goes with the old runtime"
    """
    from migrate.cli.locking import baseline, lock_path
    from migrate.codemods.lock import Lock, name_of, read_lock
    from migrate.codemods.standing import standing
    from migrate.report.standing_of_port import show_status

    place = lock_path(paths)
    if not place.exists() and not update:
        raise fail(
            codes.FILE_MISSING,
            f"no {place.name} in this folder or above",
            hint="'relay2relax port PATH --apply' writes one, 'status PATH --update' one of the state as it is",
        )
    if place.exists():
        lock = read_lock(place)
    else:
        options = options_of(source, to_release)
        lock = Lock(options.target.release, options.old)
    for path in paths:
        if not path.exists():
            raise fail(codes.FILE_MISSING, f"there is no {path}", hint="check the path, or leave it out")
    roots = paths or [place.parent / root for root in lock.roots]
    if not roots:
        raise fail(codes.BAD_OPTION, "nothing was ported yet", hint="give the PATH to look at")
    if accept is not None:
        lock = _accepted(lock, accept, reason)
        write_files({place: lock.text().encode()}, force=True)
    digests, outcomes = _look(roots, place, lock, jobs, show=not as_json, everything=update)
    if update:
        lock = baseline(lock, place, list(outcomes.values()), options_of(lock.source, lock.target))
        kept = {name: item for name, item in lock.files.items() if name in digests or (place.parent / name).exists()}
        lock = replace(lock, files=kept, roots=tuple(sorted({*lock.roots, *(name_of(root, place) for root in paths)})))
        write_files({place: lock.text().encode()}, force=True)
    found = standing(lock, digests, outcomes)
    code = FINDING if check and not found else GOOD
    if as_json:
        print_json({"exit_code": code, "lock": str(place), **found.to_json()})
    else:
        show_status(found)
    return code


def _look(
    roots: Sequence[Path], place: Path, lock: Lock, jobs: int, show: bool, everything: bool
) -> tuple[Mapping[str, str], Mapping[str, Outcome]]:
    """The digests of all files, and the ports of those that the lock does not have as they are."""
    from migrate.codemods.batch import Settings
    from migrate.codemods.files import NOTEBOOK_BYTES
    from migrate.codemods.lock import digest, name_of
    from migrate.codemods.walk import places, walk
    from migrate.whole_file import read_bytes
    from tensor_core.diagnostics import DiagnosticError
    from tensor_core.limits import Limits

    found = walk([root for root in roots if root.exists()])
    names = {file.path: name_of(file.path, place) for file in found.files}
    paths = {name: path for path, name in names.items()}
    paths |= {name: place.parent / name for name in lock.files if (place.parent / name).is_file()}
    digests: dict[str, str] = {}
    for name, path in paths.items():
        try:
            digests[name] = digest(read_bytes(path, Limits(bytes=NOTEBOOK_BYTES)))
        except DiagnosticError:
            # The port of the file says what is wrong with it.
            digests[name] = ""
    known = {name: item.after for name, item in lock.files.items()}
    looked = [path for name, path in paths.items() if everything or known.get(name) != digests[name]]
    settings = Settings(options_of(lock.source, lock.target))
    where = places(found.files, lock.source) if looked else {}
    outcomes = port_some(looked, where, settings, jobs, show)
    back = {path: name for name, path in paths.items()}
    return digests, {back[item.path]: item for item in outcomes}


def _accepted(lock: Lock, what: str, reason: str | None) -> Lock:
    """The lock with a reason for what stays as it is. R2R0703 when there is no such thing, or no reason."""
    if not reason:
        raise fail(codes.BAD_OPTION, "an acceptance needs a reason", hint="give --reason TEXT")
    kind, _, rest = what.partition(":")
    if kind == "proof" and rest in lock.proofs:
        return replace(lock, proofs={**lock.proofs, rest: replace(lock.proofs[rest], accepted=reason)})
    name, _, key = what.partition(":")
    level, _, rule = key.partition(":")
    locked = lock.files.get(name)
    if locked is None or rule not in locked.left.get(level, {}):
        known = ", ".join(f"{of}:{key}" for of, counts in locked.left.items() for key in counts) if locked else ""
        raise fail(
            codes.BAD_OPTION,
            f"the lock has no {what}",
            hint=f"what is left in {name}: {known}" if known else "give it as FILE:LEVEL:RULE, or proof:PASS",
        )
    accepted = {**locked.accepted, key: reason}
    return replace(lock, files={**lock.files, name: replace(locked, accepted=accepted)})
