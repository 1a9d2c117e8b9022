"""Where the code cells of a Jupyter notebook stand in its JSON, so that a cell can be replaced and nothing else.

Formats 3 (``worksheets``, ``input``) and 4 (``cells``, ``source``) of nbformat.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.spans import Span

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class CodeCell:
    """One cell of Python. ``number`` counts all cells from 1; ``start`` and ``end`` bound the JSON of its source."""

    number: int
    text: str
    start: int
    end: int


def code_cells(text: str, name: str) -> tuple[CodeCell, ...]:
    """The code cells in order; none when the notebook's language is not Python. R2R0810 when it is no notebook."""
    try:
        document: object = json.loads(text)
    except RecursionError as error:
        raise _bad(name, "it is nested too deeply") from error
    except json.JSONDecodeError as error:
        place = Span(name, error.lineno, error.colno, error.lineno, error.colno + 1)
        raise _bad(name, f"it is not JSON: {error.msg}", place) from error
    if not isinstance(document, dict):
        raise _bad(name, "it is no object")
    if _language(cast("dict[str, Any]", document)) not in ("", "python", "ipython"):
        return ()
    top = _members(text, _skip(text, 0))
    sheets = [_members(text, at) for at in _items(text, top.get("worksheets"))] or [top]
    if not any("cells" in sheet for sheet in sheets):
        raise _bad(name, "it has no cells")
    places = [at for sheet in sheets for at in _items(text, sheet.get("cells"))]
    found = (_cell(text, number, at) for number, at in enumerate(places, 1))
    return tuple(cell for cell in found if cell is not None)


def with_sources(text: str, changed: Mapping[CodeCell, str]) -> str:
    """The notebook with these cells' sources replaced; every byte outside of them stays, as do lines that are kept."""
    for cell in sorted(changed, key=lambda cell: -cell.start):
        text = text[: cell.start] + _spelled(text[cell.start : cell.end], changed[cell]) + text[cell.end :]
    return text


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        info = cast("dict[str, Any]", metadata).get(key) if isinstance(metadata, dict) else None
        if isinstance(info, dict) and isinstance(said := cast("dict[str, Any]", info).get(field), str):
            return said.lower()
    return ""


def _cell(text: str, number: int, at: int) -> CodeCell | None:
    if text[at] != "{":
        return None
    members = _members(text, at)
    kind = _value(text, members["cell_type"]) if "cell_type" in members else None
    place = members.get("source") or members.get("input")
    if kind != "code" or place is None:
        return None
    source = _value(text, place)
    if isinstance(source, list):
        source = "".join(item for item in cast("list[Any]", source) if isinstance(item, str))
    return CodeCell(number, source, *place) if isinstance(source, str) else None


def _value(text: str, place: tuple[int, int]) -> Any:
    return _DECODER.raw_decode(text, place[0])[0]


def _members(text: str, at: int) -> dict[str, tuple[int, int]]:
    """Where the values of an object stand, the last one of a key that is given twice, as JSON readers take it."""
    found: dict[str, tuple[int, int]] = {}
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        end = _DECODER.raw_decode(text, start)[1]
        found[key] = (start, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _items(text: str, place: tuple[int, int] | None) -> Iterator[int]:
    """Where the items of an array start; nothing when there is no array."""
    if place is None or text[place[0]] != "[":
        return
    at = _skip(text, place[0] + 1)
    while text[at] != "]":
        yield at
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _spelled(old: str, source: str) -> str:
    """The JSON of a source, in the manner of the old one: a string, or lines with the same white space between."""
    ascii_only = old.isascii() and "\\u" in old
    if not old.startswith("["):
        return json.dumps(source, ensure_ascii=ascii_only)
    places = [(at, _DECODER.raw_decode(old, at)[1]) for at in _items(old, (0, len(old)))]
    kept = {_DECODER.raw_decode(old, start)[0]: old[start:end] for start, end in places}
    before, after = old[1 : _skip(old, 1)], old[len(old[:-1].rstrip()) : -1]
    between = old[places[0][1] : places[1][0]] if len(places) > 1 else f",{before or ' '}"
    lines = source.split("\n")
    whole = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    spelled = [kept.get(line) or json.dumps(line, ensure_ascii=ascii_only) for line in whole]
    return f"[{before}{between.join(spelled)}{after}]"


def _bad(name: str, reason: str, span: Span | None = None) -> DiagnosticError:
    return fail(
        codes.BAD_NOTEBOOK, f"{name}: {reason}", span, hint="open and save it with Jupyter, or leave it out of the port"
    )
