"""What git knows of the files that are to be rewritten; neither hooks nor monitors of a repository are run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection
from pathlib import Path

from tensor_core import codes
from tensor_core.diagnostics import fail

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false")


def work_tree(path: Path) -> Path | None:
    """The top of the repository that a path is in; None when it is in none."""
    start = Path(os.path.abspath(path))
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), None)


def refuse_uncommitted(files: Collection[Path], besides: str) -> list[str]:
    """Stop before files are rewritten that git cannot bring back. Gives hints for those that no repository holds.

    R2R0812 when a repository of one of them has changes that are not committed, or does not track one of them;
    changes to files called ``besides`` do not count.
    """
    trees: dict[Path, set[Path]] = {}
    hints: list[str] = []
    for file in files:
        top = work_tree(file)
        if top is not None:
            trees.setdefault(top, set()).add(Path(os.path.realpath(file)))
        elif not hints:
            hints.append(f"{file} is in no git repository: keep a copy until you have looked at the changes")
    for top, mine in sorted(trees.items()):
        status = _status(top)
        if status is None:
            hints.append(f"git does not answer for {top}: whether all is committed was not checked")
            continue
        dirty = [name for mark, name in status if mark != "??" and Path(name).name != besides]
        dirty += [name for mark, name in status if mark == "??" and Path(os.path.realpath(top / name)) in mine]
        if dirty:
            more = f" and {len(dirty) - 5} more" if len(dirty) > 5 else ""
            raise fail(
                codes.DIRTY_TREE,
                f"{top} has changes that are not committed: {', '.join(dirty[:5])}{more}",
                hint="commit or stash them first, or give --allow-dirty",
            )
    return hints


def _status(top: Path) -> list[tuple[str, str]] | None:
    """What ``git status`` says: the two letters and the path of each change; None when it cannot be asked."""
    command = ["git", *_SAFE, "-C", str(top), "status", "--porcelain=v1", "-z", "--no-renames"]
    options = ["--untracked-files=all", "--ignore-submodules=all"]
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run([*command, *options], capture_output=True, check=True, env=environment, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return None
    entries = [os.fsdecode(entry) for entry in done.stdout.split(b"\0") if entry]
    return [(entry[:2], entry[3:]) for entry in entries]
