"""Python files and notebooks on disk: read as text, ported, and turned into bytes again."""

from __future__ import annotations

import codecs
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from migrate.codemods.driver import Options, PortResult, port_source
from migrate.codemods.notebook import cell_sources, port_notebook
from migrate.codemods.patch import unified
from migrate.codemods.rule import Rule
from migrate.codemods.source import PYTHON_BYTES, decode
from migrate.codemods.tree import Place
from migrate.whole_file import read_bytes
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.limits import Limits
from tensor_core.spans import Source

NOTEBOOK_BYTES = 1 << 28
"""A notebook holds its outputs, too; its code cells together are bounded like a file."""


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

    def before(self) -> bytes:
        """The contents that were read."""
        return self.text.encode(self.encoding)

    def encoded(self) -> bytes:
        """The new contents, in the encoding of the old ones."""
        return self.result.text.encode(self.encoding)

    def diff(self) -> str:
        """The change as a patch, relative to the working directory; empty when there is none."""
        return unified(self.text, self.result.text, Path(os.path.relpath(self.path)).as_posix())

    def sources(self) -> dict[str, Source]:
        """The texts that places point into, by the name they give: the file, or the cells of a notebook."""
        name = str(self.path)
        return cell_sources(self.text, name) if self.path.suffix == ".ipynb" else {name: Source(name, self.text)}

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "file": str(self.path),
            "changed": self.changed,
            "diff": self.diff(),
            "applied": [{"rule": item.rule, "place": str(item.span)} for item in self.result.applied],
            "refused": [item.to_json() for item in self.result.refusals],
        }


def port_file(
    path: Path, rules: Sequence[Rule], options: Options, place: Place, limit: int = PYTHON_BYTES
) -> PortedFile:
    """What rules make of one file; nothing is written.

    R2R0701 when it cannot be read, R2R0111 when its code is larger than ``limit`` bytes, R2R0801 when it is not Python,
    R2R0810 for what ends in .ipynb and is no notebook, R2R0811 when the new text has no form in the file's encoding.
    """
    text, encoding = _text(path, limit)
    ported = PortedFile(path, text, encoding, port_text(text, path, rules, options, place, limit))
    try:
        ported.encoded()
    except UnicodeEncodeError as error:
        raise fail(
            codes.PORT_FAILED, f"{path}: what was written has no form in {encoding}", hint="save the file as UTF-8"
        ) from error
    return ported


def port_text(
    text: str, path: Path, rules: Sequence[Rule], options: Options, place: Place, limit: int = PYTHON_BYTES
) -> PortResult:
    """As :func:`port_file`, of a text that is, or would be, in that file."""
    port = partial(_port_bounded, limit=limit, rules=rules, options=options, place=place)
    return port_notebook(text, str(path), port) if path.suffix == ".ipynb" else port(text, str(path))


def _text(path: Path, limit: int) -> tuple[str, str]:
    """The text of a file and its encoding."""
    if path.suffix != ".ipynb":
        return decode(read_bytes(path, Limits(bytes=limit)), str(path))
    data = read_bytes(path, Limits(bytes=max(limit, NOTEBOOK_BYTES)))
    encoding = "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise fail(codes.BAD_NOTEBOOK, f"{path} is not UTF-8: {error.reason}", hint="save it with Jupyter") from error


def _port_bounded(
    text: str, name: str, *, limit: int, rules: Sequence[Rule], options: Options, place: Place
) -> PortResult:
    if len(text) > limit:
        raise fail(
            codes.LIMIT, f"the code in {name} is longer than {limit} characters", hint="split it into several files"
        )
    return port_source(text, name, rules, options, place)
