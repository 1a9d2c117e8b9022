"""Mutually recursive algorithms without Python's call stack: generators that yield the generator they call.

``result = yield callee(...)`` stands for ``result = callee(...)``; :func:`run` keeps the frames in a list, so that only
memory bounds the depth.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")

Steps = Generator[Any, Any, T]
"""A function written for :func:`run` whose result is a ``T``."""


def run(root: Steps[T]) -> T:
    """The result of a generator function, with all generators that it yields run in its place."""
    frames: list[Steps[Any]] = []
    frame: Steps[Any] = root
    value: Any = None
    while True:
        try:
            callee = frame.send(value)
        except StopIteration as finished:
            value = finished.value
            if not frames:
                return value
            frame = frames.pop()
        else:
            frames.append(frame)
            frame = callee
            value = None
