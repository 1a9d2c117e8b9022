"""The passes of a source tree as a drawing: a column for each step of porting, a line from each pass to those that use
it. What takes part in no line stands in the table alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CHARACTER, HEIGHT, GAP, BETWEEN = 7.3, 26, 10, 90
"""Pixels: the width of a character, the height of a box, the space under it, the space between columns."""
LONGEST = 34
"""Characters of a name that a box shows."""


@dataclass(frozen=True, slots=True)
class Box:
    """A pass: ``name`` is its dotted name, ``label`` what is shown of it; pixels from the top left corner."""

    name: str
    label: str
    kind: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """That ``user`` uses ``used``; ``path`` is in the words of SVG."""

    used: str
    user: str
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and the lines between them; its size in pixels."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def drawing(passes: Sequence[Mapping[str, Any]]) -> Drawing:
    """Of passes as :meth:`migrate.codemods.pass_graph.PassNode.to_json` tells them. No boxes where none is used."""
    tied = {name for item in passes for name in (item["name"], *item["uses"]) if item["uses"]}
    shown = [item for item in passes if item["name"] in tied]
    rows: dict[str, float] = {}
    boxes: dict[str, Box] = {}
    left = 1.0
    for step in sorted({item["step"] for item in shown}):
        # A pass stands beside the middle of what it uses, so that few lines cross.
        column = sorted(
            (item for item in shown if item["step"] == step),
            key=lambda item: (_middle([rows[name] for name in item["uses"] if name in rows]), item["name"]),
        )
        labels = [_label(item["name"]) for item in column]
        width = CHARACTER * max(map(len, labels)) + 18
        for row, (item, label) in enumerate(zip(column, labels, strict=True)):
            rows[item["name"]] = row
            boxes[item["name"]] = Box(item["name"], label, item["kind"], left, 1 + row * (HEIGHT + GAP), width)
        left += width + BETWEEN
    lines = tuple(
        Line(used, item["name"], _path(boxes[used], boxes[item["name"]])) for item in shown for used in item["uses"]
    )
    height = max((box.y for box in boxes.values()), default=0.0) + HEIGHT + 1
    return Drawing(tuple(boxes.values()), lines, max(left - BETWEEN + 1 + GAP, 0.0), height)


def _middle(rows: Sequence[float]) -> float:
    return sum(rows) / len(rows) if rows else 0.0


def _label(name: str) -> str:
    """The last part of a dotted name."""
    last = name.rpartition(".")[2]
    return last if len(last) <= LONGEST else f"{last[: LONGEST - 1]}…"


def _path(used: Box, user: Box) -> str:
    """From the right side of one box to the left side of the other; passes that use each other are in one column."""
    start, begin = used.x + used.width, used.y + HEIGHT / 2
    end, stop = user.x, user.y + HEIGHT / 2
    if end < start:
        out = start + BETWEEN / 3
        return f"M{start:.1f},{begin:.1f} C{out:.1f},{begin:.1f} {out:.1f},{stop:.1f} {start:.1f},{stop:.1f}"
    bend = BETWEEN / 2
    return f"M{start:.1f},{begin:.1f} C{start + bend:.1f},{begin:.1f} {end - bend:.1f},{stop:.1f} {end:.1f},{stop:.1f}"
