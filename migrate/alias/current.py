"""The TVM release whose names the alias has in this process."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager

from migrate.alias.profile import DEFAULT

VARIABLE = "RELAY2RELAX_ALIAS_RELEASE"
"""The environment variable that says it to child processes."""

_releases: list[str] = []


def current() -> str:
    """The release such as "0.19"."""
    return _releases[-1] if _releases else os.environ.get(VARIABLE, DEFAULT)


def before(release: str) -> bool:
    """Whether the alias is one of an older release than this one."""
    return _version(current()) < _version(release)


@contextmanager
def speaking(release: str) -> Generator[None]:
    """Have the names of another release for a while."""
    _releases.append(release)
    try:
        yield
    finally:
        _releases.pop()


def _version(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))
