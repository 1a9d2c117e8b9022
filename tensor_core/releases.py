"""Releases of TVM, as texts such as "0.19", and their order."""

from __future__ import annotations


def order(release: str) -> tuple[int, ...]:
    """What releases are sorted by: "0.9" comes before "0.19"."""
    return tuple(map(int, release.split(".")))


def older(release: str, than: str) -> bool:
    """Whether a release such as "0.9" came before another; portable text came before none."""
    if release == "portable":
        return False
    return order(release) < order(than)
