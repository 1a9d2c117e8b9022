"""Frames of the printer: names given to variables and buffers, and the lines that stand in each scope."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from typing import Any, cast

_FOREIGN = re.compile(r"[^A-Za-z0-9_]")
Lines = list[Any]
"""Lines of text: a string, a pair of a header and the lines below it, or lines at the same depth."""


class Frame:
    """One scope; ``node`` is what opened it."""

    __slots__ = ("concise", "lines", "names", "node")

    def __init__(self, node: Any) -> None:
        self.node = node
        self.lines: Lines = []
        self.names: list[tuple[Any, str | None]] = []
        self.concise = False


class Scopes:
    """Names in nested frames, chosen as TVM chooses them: the wish, or it with the first free number."""

    def __init__(self, reserved: tuple[str, ...]) -> None:
        self.frames: list[Frame] = []
        self._names: dict[Any, str | Callable[[], str]] = {}
        self._taken: set[str] = set(reserved)
        self._next: dict[str, int] = {}
        self._by_node: dict[Any, Frame] = {}

    def enter(self, node: Any) -> Frame:
        """Open a frame."""
        frame = Frame(node)
        self.frames.append(frame)
        if node is not None:
            # A branch that is a loop opens two frames; what is defined for it stands in the outer one.
            self._by_node.setdefault(node, frame)
        return frame

    def leave(self) -> Frame:
        """Close the innermost frame and free the names given in it."""
        frame = self.frames.pop()
        if self._by_node.get(frame.node) is frame:
            del self._by_node[frame.node]
        for item, name in frame.names:
            self._names.pop(item, None)
            if name is not None:
                self._taken.discard(name)
        if frame.names:
            self._next.clear()
        return frame

    def of(self, node: Any) -> Frame | None:
        """The open frame that a node opened."""
        return self._by_node.get(node)

    def get(self, item: Any) -> str | None:
        """The text that stands for a variable or buffer; None when it has none."""
        found = self._names.get(item)
        return found() if callable(found) else found

    def __contains__(self, item: object) -> bool:
        return item in self._names

    def define(self, item: Any, wish: str, frame: Frame | None = None) -> str:
        """Name an item in a frame, by default the innermost; an item that has a name keeps it."""
        known = self.get(item)
        if known is not None:
            return known
        base = _FOREIGN.sub(lambda found: "_" * len(found[0].encode("utf-8", "replace")), wish)
        if not base or base[0].isdigit():
            base = f"_{base}"
        if keyword.iskeyword(base):
            base = f"{base}_"
        name = base
        if name in self._taken:
            number = self._next.get(base, 1)
            while (name := f"{base}_{number}") in self._taken:
                number += 1
            self._next[base] = number + 1
        self._taken.add(name)
        self._names[item] = name
        (frame or self.frames[-1]).names.append((item, name))
        return name

    def alias(self, item: Any, text: Callable[[], str], frame: Frame) -> None:
        """Let an item be written as a part of another one: ``A.data``."""
        self._names[item] = text
        frame.names.append((item, None))


def rendered(lines: Lines) -> list[str]:
    """The lines with their indentation."""
    result: list[str] = []
    stack: list[tuple[Any, int]] = [(lines, 0)]
    while stack:
        item, depth = stack.pop()
        if isinstance(item, str):
            result.append("    " * depth + item)
        elif isinstance(item, tuple):
            header, body = cast("tuple[str, Lines]", item)
            result.append("    " * depth + header)
            stack.append((body or ["pass"], depth + 1))
        else:
            stack += [(part, depth) for part in reversed(item)]
    return result
