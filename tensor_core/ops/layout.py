"""Layout strings: "NCHW" says which dimension of an array is batch (N), channel (C), height (H) and width (W).

Kernels say output channel (O) and input channel (I). A lower-case letter with a number, as in "NCHW4c", is an inner
block of a dimension.
"""

from __future__ import annotations

import re
from functools import cache

from tensor_core.ops.card import Reject

_PART = re.compile(r"[A-Z]|\d+[a-z]")


@cache
def positions(layout: str, letters: str) -> tuple[int, ...]:
    """Where each of ``letters`` stands in ``layout``, which must hold exactly these; Reject for any other layout."""
    if sorted(layout) != sorted(letters):
        reason = (
            "blocked layouts appear only after layout alteration"
            if not layout.isalpha()
            else f"expected {letters} in some order"
        )
        raise Reject(f"layout {layout!r} is not supported: {reason}")
    return tuple(layout.index(letter) for letter in letters)


@cache
def spatial(layout: str, letters: str) -> tuple[int, tuple[int, ...]]:
    """The rank of ``layout``, blocks included, and where ``letters`` stand; Reject when one is missing or blocked."""
    parts = _PART.findall(layout)
    if "".join(parts) != layout or any(layout.upper().count(letter) != 1 for letter in letters):
        raise Reject(f"layout {layout!r} must hold each of {letters} once, unblocked")
    return len(parts), tuple(parts.index(letter) for letter in letters)


def order(source: str, target: str) -> tuple[int, ...]:
    """The axes that transpose an array from one layout to another of the same letters."""
    return positions(source, target)
