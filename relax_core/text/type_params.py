"""Type parameters of functions (PEP 695, ``def main[n, m](...)``), which Python knows from 3.12 on.

TVM 0.27 prints them there. They are taken out of the text before Python parses it, and blanks put in their place, so
that every span stays true and all Pythons read alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Strings and comments are passed over; what is left is looked at from left to right.
_TOKENS = re.compile(
    r"""\"\"\"(?:[^\\"]++|\\.|"(?!""))*+(?:\"\"\")?|'''(?:[^\\']++|\\.|'(?!''))*+(?:''')?"""
    r"""|"(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?|\#[^\n]*|\b(?:def|class)[ \t]+\w+[ \t]*(?P<open>\[)""",
    re.DOTALL,
)
_HINT = re.compile(r"\b(?:def|class)[ \t]+\w+[ \t]*\[")
_NAME = re.compile(r"\s*([A-Za-z_]\w*)\s*")
# What stands in the brackets: no bracket of its own, so that a hostile text is looked at once.
_INSIDE = re.compile(r"\[[^][\"'#]*+\]")


@dataclass(frozen=True, slots=True)
class TypeParams:
    """The type parameters of one definition: names with their places in the text; ``fault`` is what cannot be read."""

    names: tuple[tuple[str, int], ...]
    start: int
    end: int
    fault: str = ""


def extract(text: str) -> tuple[str, list[TypeParams]]:
    """The text with blanks instead of type parameters, and the parameters in order. Usually there are none."""
    if not _HINT.search(text):
        return text, []
    found: list[TypeParams] = []
    parts: list[str] = []
    done = 0
    for match in _TOKENS.finditer(text):
        if match["open"] is None:
            continue
        start = match.start("open")
        inside = _INSIDE.match(text, start)
        if start < done or inside is None:
            continue
        end = inside.end()
        found.append(_read(text, start, end))
        parts += [text[done:start], _blank(text[start:end])]
        done = end
    return "".join([*parts, text[done:]]), found


def _read(text: str, start: int, end: int) -> TypeParams:
    names: list[tuple[str, int]] = []
    place = start + 1
    for item in text[start + 1 : end - 1].split(","):
        match = _NAME.fullmatch(item)
        if match:
            names.append((match[1], place + match.start(1)))
        elif item.strip() or not names:
            return TypeParams(tuple(names), start, end, "type parameters are plain names")
        place += len(item) + 1
    return TypeParams(tuple(names), start, end)


def _blank(text: str) -> str:
    # A line that ends inside of the brackets is continued.
    lines = text.split("\n")
    blank = [" " * (len(line) - 1) + "\\" if line else "\\" for line in lines[:-1]]
    return "\n".join([*blank, " " * len(lines[-1])])
