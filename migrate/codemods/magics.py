"""Lines of a notebook that only IPython understands (``%matplotlib inline``, ``!pip install``, ``x = !ls``, ``help?``),
exchanged for names that Python parses, and put back.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "memray", "mprun", "memit", "python", "python3", "pypy"})
"""Magics of whole cells whose rest is Python all the same."""
_CELL = re.compile(r"\s*%%(\w+)")
_LINE = re.compile(r"^(?P<before>\s*(?:[\w\s,.\[\]'\"]+=\s*)?)(?P<magic>[%!?].*|[\w.*]+\?\??\s*)$", re.DOTALL)
_ROUNDS = 50
"""How often a cell is parsed; one with more magics gives up all lines that look like one."""
_TOKEN = re.compile(r"__relay2relax_magic_(\d+)__")


@dataclass(frozen=True, slots=True)
class Masked:
    """A cell that Python parses. ``lines``: the line of the original, from 1, that each line of ``text`` starts."""

    text: str
    lines: tuple[int, ...]
    magics: tuple[str, ...]

    def restored(self, text: str) -> str | None:
        """``text`` with all magics back in it; None when one of them is not there once."""
        if sorted(int(found) for found in _TOKEN.findall(text)) != list(range(len(self.magics))):
            return None
        return _TOKEN.sub(lambda found: self.magics[int(found[1])], text)


def is_other_language(text: str) -> bool:
    """Whether a cell is handed to something else than Python, as by ``%%bash``."""
    found = _CELL.match(text)
    return found is not None and found[1] not in PYTHON_CELLS


def mask(text: str) -> Masked:
    """Names in the place of what Python does not parse; whether the rest parses is not said.

    Only lines that Python stumbles over are exchanged, so that a line of a string, or of an expression, that begins
    with ``%`` stays.
    """
    lines = _joined(text)
    magics: dict[int, tuple[str, str]] = {}
    if _CELL.match(text):
        magics[0] = ("", lines[0].rstrip("\n"))
    for _ in range(_ROUNDS):
        wrong = _stumble(_replaced(lines, magics))
        at = None if wrong is None else _line_at(lines, magics, wrong)
        found = None if at is None or at in magics else _LINE.match(lines[at].rstrip("\n"))
        if at is None or found is None:
            break
        magics[at] = (found["before"], found["magic"])
    else:
        found = ((at, _LINE.match(line.rstrip("\n"))) for at, line in enumerate(lines) if at not in magics)
        magics |= {at: (line["before"], line["magic"]) for at, line in found if line is not None}
    starts, number = list[int](), 1
    for index, line in enumerate(lines):
        starts += [number] if index in magics else range(number, number + max(1, line.count("\n")))
        number += line.count("\n")
    return Masked(_replaced(lines, magics), tuple(starts), tuple(magics[at][1] for at in sorted(magics)))


def _joined(text: str) -> list[str]:
    """The lines, a magic together with those that continue it behind a backslash."""
    found: list[str] = []
    for line in text.split("\n"):
        if found and found[-1].endswith("\\\n") and _LINE.match(found[-1].rstrip("\n")):
            found[-1] += line + "\n"
        else:
            found.append(line + "\n")
    found[-1] = found[-1][:-1]
    return found


def _replaced(lines: list[str], magics: dict[int, tuple[str, str]]) -> str:
    tokens = {at: f"{magics[at][0]}__relay2relax_magic_{number}__" for number, at in enumerate(sorted(magics))}
    return "".join(tokens[at] + "\n" * line.endswith("\n") if at in tokens else line for at, line in enumerate(lines))


def _stumble(text: str) -> int | None:
    """The line, from 1, at which Python gives up; None when it does not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _line_at(lines: list[str], magics: dict[int, tuple[str, str]], wrong: int) -> int:
    """Which of the joined lines holds a line of the replaced text."""
    number = 1
    for at, line in enumerate(lines):
        number += 1 if at in magics else max(1, line.count("\n"))
        if wrong < number:
            return at
    return len(lines) - 1
