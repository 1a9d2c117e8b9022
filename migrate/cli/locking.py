"""Where the lock of some paths is, and what it says after a port."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate.codemods.batch import Outcome
    from migrate.codemods.driver import Options
    from migrate.codemods.lock import Lock, LockedFile


def lock_path(paths: Sequence[Path]) -> Path:
    """The lock for some paths: one that is in a folder above the first, else beside its repository's ``.git``, else in
    the working directory.
    """
    from migrate.cli.git import work_tree
    from migrate.codemods.lock import NAME

    start = Path(os.path.abspath(paths[0] if paths else Path()))
    for folder in (start, *start.parents):
        if (folder / NAME).is_file():
            return folder / NAME
    return (work_tree(start) or Path.cwd()) / NAME


def updated_lock(lock: Path, outcomes: Sequence[Outcome], options: Options, roots: Sequence[Path]) -> str | None:
    """The text of the lock once these files are written; None when there is nothing to say and no lock yet.

    R2R0813 when the lock that is there cannot be read.
    """
    from dataclasses import replace

    from migrate.codemods.lock import Lock, name_of, read_lock

    release = options.target.release
    old = read_lock(lock) if lock.exists() else Lock(release, options.old)
    files = dict(old.files)
    for outcome in outcomes:
        name = name_of(outcome.path, lock)
        if outcome.ported is None:
            continue
        entry = entry_of(outcome, options, files.get(name))
        if entry is None:
            files.pop(name, None)
        else:
            files[name] = entry
    if not files and not lock.exists():
        return None
    mine = {name_of(root, lock) for root in roots}
    return replace(
        old, target=release, source=options.old, roots=tuple(sorted({*old.roots, *mine})), files=files
    ).text()


def entry_of(outcome: Outcome, options: Options, before: LockedFile | None) -> LockedFile | None:
    """What the lock says of a file that was ported; None for one that never used the old API."""
    from migrate.codemods.lock import LockedFile, digest
    from migrate.codemods.standing import left_of

    file = outcome.ported
    assert file is not None
    left = left_of(outcome.left or file.result, file.result.text)
    after = digest(file.encoded())
    if before is not None and before.after == digest(file.before()) and not file.changed:
        # Nothing was done to it this time: how it came to be is what the lock says.
        return LockedFile(
            before.ported,
            before.before,
            after,
            before.tool,
            before.source,
            before.target,
            before.rules,
            left,
            _still(before.accepted, left),
        )
    if not file.changed and not left and before is None:
        return None
    rules = Counter(item.rule for item in file.result.applied)
    return LockedFile(
        file.changed or "auto" not in left,
        digest(file.before()),
        after,
        version("relay2relax"),
        options.old,
        options.target.release,
        rules,
        left,
        {} if before is None else _still(before.accepted, left),
    )


def _still(accepted: Mapping[str, str], left: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """The acceptances of places that there still are."""
    keys = {f"{level}:{key}" for level, counts in left.items() for key in counts}
    return {key: reason for key, reason in accepted.items() if key in keys}


def baseline(lock: Lock, path: Path, outcomes: Sequence[Outcome], options: Options) -> Lock:
    """The lock with files as they are now, ported or not."""
    from dataclasses import replace

    from migrate.codemods.lock import LockedFile, digest, name_of
    from migrate.codemods.standing import left_of

    files = dict(lock.files)
    for outcome in outcomes:
        file = outcome.ported
        if file is None:
            continue
        name = name_of(outcome.path, path)
        left = left_of(file.result, file.text)
        here, before = digest(file.before()), files.get(name)
        if before is not None:
            files[name] = replace(before, after=here, left=left, accepted=_still(before.accepted, left))
        elif left:
            files[name] = LockedFile(
                False, here, here, version("relay2relax"), options.old, options.target.release, {}, left
            )
    return replace(lock, files=files)
