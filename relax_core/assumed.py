"""The TVM release whose operator spellings programs are taken to have when neither they nor the caller say one."""

from __future__ import annotations

__all__ = ["assume", "assumed"]

_releases = ["0.27"]


def assumed(release: str | None = None) -> str:
    """The release given, else the one in force: the newest, unless :func:`assume` said another."""
    return release or _releases[-1]


def assume(release: str) -> None:
    """Take programs for those of this release from now on, in the whole process."""
    _releases[-1] = release
