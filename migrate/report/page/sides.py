"""Both texts of a report, and the modules that were read from just these texts: so every node knows its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from migrate.reading import arrays_beside, is_relax, load, parse_module
from migrate.whole_file import read_bytes
from relay_compat.text.printer import print_module
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule

LINE = 20_000
"""Characters of a line that a report keeps: signatures of large models have some thousands, constants have millions."""
_METADATA = "#[metadata]"


@dataclass(frozen=True, slots=True)
class Side:
    """One program: its name for people, its text, and the module read from that text. ``is_printed``: the text was made
    here, from a file that holds none.
    """

    name: str
    text: str
    module: IRModule
    is_printed: bool = False

    def lines(self) -> Iterator[str]:
        """The lines to show: without the section that holds constants, none longer than :data:`LINE`."""
        for line in self.text.splitlines():
            if line == _METADATA:
                return
            more = len(line) - LINE
            yield line if more <= 0 else f"{line[:LINE]} ... {more} more characters"


def relay_side(path: Path, params: Path | None = None, release: str | None = None) -> Side:
    """The Relay program of a file; one in JSON is printed, to have lines. R2R0703 for a program of Relax."""
    module = load(path, params, release=release)
    text = _text(path)
    if is_relax(module):
        hint = "give the Relay model first, its converted script second"
        raise fail(codes.BAD_OPTION, f"{path} is a Relax script", hint=hint)
    return relay_side_of(module, str(path), text)


def relay_side_of(module: IRModule, name: str = "model", text: str = "") -> Side:
    """A Relay module; ``text`` is what it was read from, if that was text."""
    if text.startswith("#[version"):
        return Side(name, text, module)
    printed, read = _printed(module, name)
    read.params.update(module.params)
    return Side(name, printed, read, is_printed=True)


def _printed(module: IRModule, name: str) -> tuple[str, IRModule]:
    """A module's text and what is read from it: in TVM's form where that can be read, in the lossless one else."""
    text = print_module(module, exact=True)
    try:
        return text, parse_module(text, name, module.release)
    except DiagnosticError:
        text = print_module(module, lossless=True)
        return text, parse_module(text, name, module.release)


def relax_side(path: Path, release: str | None = None) -> Side:
    """The Relax program of a file, with the arrays that lie beside it. R2R0703 for a program of Relay."""
    module = load(path, arrays_beside(path), release=release)
    if not is_relax(module):
        raise fail(codes.BAD_OPTION, f"{path} is no Relax script", hint="give the converted script second")
    return Side(str(path), _text(path), module)


def relax_side_of(script: str, converted: IRModule, name: str) -> Side:
    """A converted module and its script."""
    module = parse_module(script, name, converted.release)
    module.params.update(converted.params)
    return Side(name, script, module, is_printed=True)


def _text(path: Path) -> str:
    return read_bytes(path).decode("utf-8-sig")
