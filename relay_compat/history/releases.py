"""TVM releases as they are written in files and options."""

from __future__ import annotations

import re
from typing import NamedTuple

from tensor_core import codes
from tensor_core.diagnostics import fail

_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3})(?![\d.]*\.dev))?(.*)", re.DOTALL)


class Release(NamedTuple):
    """A release. ``development``: a state on the way to it, which had some of its changes and not others."""

    major: int
    minor: int
    development: bool = False

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}{'.dev' if self.development else ''}"

    @property
    def changes_after(self) -> tuple[int, int]:
        """The release whose changes, and all later ones, are not surely in this one; those before it are."""
        return (self.major, self.minor - 1) if self.development else (self.major, self.minor)


FIRST, LAST = Release(0, 6), Release(0, 19)
"""The releases whose JSON can be read. The first text format that can be is that of 0.7."""


def release_of(text: str, *, first: Release = FIRST) -> Release:
    """The release that a version number names ("0.8", "0.8.0", "0.8.dev1452+g338940dc5").

    DiagnosticError R2R0305 for one that is no release with Relay programs that can be read.
    """
    found = _VERSION.fullmatch(text.strip().removeprefix("v"))
    if found is not None:
        release = Release(int(found[1]), int(found[2]), ".dev" in found[4] or ".dev" in text)
        if first[:2] <= release[:2] <= LAST[:2]:
            return release
    hint = f"Relay programs of the releases {first} to {LAST} can be read"
    raise fail(codes.BAD_RELEASE, f"{text[:40]!r} is no release of TVM whose programs can be read here", hint=hint)


def written_by(version: str, *, first: Release = FIRST) -> Release:
    """The release that a file names as the one that wrote it. Relay did not change after 0.19, until it was removed.

    DiagnosticError R2R0305 as :func:`release_of`.
    """
    found = _VERSION.fullmatch(version.strip())
    if found is not None and (int(found[1]), int(found[2])) > LAST[:2]:
        return LAST
    return release_of(version, first=first)


def is_older(text: str) -> bool:
    """Whether a version number names a release before 0.19. Any text is taken."""
    found = _VERSION.fullmatch(text.strip().removeprefix("v"))
    return found is not None and (int(found[1]), int(found[2])) < LAST[:2]
