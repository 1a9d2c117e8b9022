"""Python files on disk: read as text, ported, and turned into bytes again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.codemods.driver import PortResult, port_source
from migrate.codemods.patch import unified
from migrate.codemods.rule import Rule
from migrate.codemods.source import decode
from migrate.whole_file import read_bytes


@dataclass(frozen=True, slots=True)
class PortedFile:
    """A file's text, its encoding and what the rules make of it."""

    path: Path
    text: str
    encoding: str
    result: PortResult

    @property
    def changed(self) -> bool:
        """Whether any place was rewritten."""
        return self.result.text != self.text

    def encoded(self) -> bytes:
        """The new contents, in the encoding of the old ones."""
        return self.result.text.encode(self.encoding)

    def diff(self) -> str:
        """The change as a patch, relative to the working directory; empty when there is none."""
        return unified(self.text, self.result.text, Path(os.path.relpath(self.path)).as_posix())

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "file": str(self.path),
            "changed": self.changed,
            "diff": self.diff(),
            "applied": [{"rule": item.rule, "place": str(item.span)} for item in self.result.applied],
            "refused": [item.to_json() for item in self.result.refusals],
        }


def port_file(path: Path, rules: Sequence[Rule]) -> PortedFile:
    """What rules make of one file; nothing is written. R2R0701 when it cannot be read, R2R0801 when not Python."""
    text, encoding = decode(read_bytes(path), str(path))
    return PortedFile(path, text, encoding, port_source(text, str(path), rules))
