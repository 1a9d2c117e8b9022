"""The difference between two texts as a patch that ``patch`` and ``git apply`` take."""

from __future__ import annotations

import difflib
from collections.abc import Iterator


def unified(old: str, new: str, name: str) -> str:
    """A unified diff of one file; empty when nothing differs. Lines end at a line feed only, as in ``patch``."""
    lines = difflib.unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}")
    return "".join(_terminated(lines))


def _lines(text: str) -> list[str]:
    # Not splitlines: it also breaks at form feeds and Unicode separators, which are no line ends to patch.
    found = [line + "\n" for line in text.split("\n")]
    found[-1] = found[-1][:-1]
    return found if found[-1] else found[:-1]


def _terminated(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
