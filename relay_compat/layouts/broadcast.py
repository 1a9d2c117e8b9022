"""Layouts of elementwise and broadcasting operators (infer_layout_utils.cc in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.types import Type
from relay_compat.layouts.inferred import InferCorrectLayoutOutput, Layouts, first_known, shapes_of, unknown
from relay_compat.layouts.layout import Layout

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def elementwise(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """All arguments and the result have the layout of the first argument."""
    del types
    found = new[0] if new is not None else first_known(old)
    return InferCorrectLayoutOutput([found] * len(old), [found], attrs)


def with_vectors_behind(
    attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]
) -> InferCorrectLayoutOutput:
    """The result has the layout of the first argument, the others are vectors along its channels."""
    del types
    found = new[0] if new is not None else old[0]
    return InferCorrectLayoutOutput([found, *["C"] * (len(old) - 1)], [found], attrs)


def broadcast(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """The smaller argument follows the larger one."""
    shapes = shapes_of(types)
    before = _before(old, shapes)
    if before is None:
        return unknown(2, 1, attrs)
    layouts, result = before
    if new is None:
        return InferCorrectLayoutOutput(layouts, [result], attrs)
    left, right = new
    assert left is not None
    assert right is not None
    large = 0 if left.ndim_primal >= right.ndim_primal else 1
    small, now = 1 - large, (left, right)
    target = transform_like(layouts[small], layouts[large], now[large])
    if target is None:
        return unknown(2, 1, attrs)
    inputs = list(layouts)
    inputs[large] = now[large]
    inputs[small] = _with_shape(target, layouts[small], shapes[small])
    return InferCorrectLayoutOutput(inputs, [now[0 if len(shapes[0]) >= len(shapes[1]) else 1]], attrs)


def _before(old: Layouts, shapes: Sequence[Any]) -> tuple[tuple[Layout, Layout], Layout] | None:
    """The layouts of both arguments and of the result before anything changed; None when they cannot be told."""
    left, right = old[:2]
    if left is not None and right is not None:
        return (left, right), left if len(shapes[0]) >= len(shapes[1]) else right
    known = left if left is not None else right
    if known is None:
        return None
    which = 0 if left is not None else 1
    ahead = len(shapes[which]) - len(shapes[1 - which])
    if ahead < 0:
        return None
    # SubLayout of TVM gives what there is where the layout is shorter than the shape says.
    other = known.sub(ahead, len(shapes[1 - which]))
    return ((known, other) if which == 0 else (other, known)), known


def isomorphic(left: Layout, right: Layout) -> bool:
    """Whether two layouts are one up to the names of their dimensions."""
    if len(left) != len(right):
        return False
    there: dict[str, str] = {}
    back: dict[str, str] = {}
    for (a, size_a), (b, size_b) in zip(left.axes, right.axes, strict=True):
        if a.isupper() != b.isupper() or there.setdefault(a, b) != b or back.setdefault(b, a) != a:
            return False
        if size_a and left.factor_of(a) != right.factor_of(b):
            return False
        del size_b
    return True


def transform_like(layout: Layout, before: Layout, after: Layout) -> Layout | None:
    """What becomes of ``layout`` under the change from ``before`` to ``after``, matched from the last axis on.

    None when the two are not alike enough to tell.
    """
    large, small = (before, layout) if len(before) > len(layout) else (layout, before)
    ahead = len(large) - len(small)
    tail = large.sub(ahead, len(small))
    if any(letter in tail.letters.upper() for letter in large.sub(0, ahead).letters.upper()):
        return None
    if not isomorphic(tail, small):
        return None
    if not layout.axes:
        return layout
    names = {b.upper(): a.upper() for a, b in zip(reversed(layout.letters), reversed(before.letters), strict=False)}
    for letter in reversed(before.letters.upper()):
        if letter not in names:
            used = set(names.values())
            names[letter] = letter if letter not in used else next(name for name in _ALPHABET if name not in used)
    renamed = [names[char.upper()].lower() if char.islower() else names.get(char, char) for char in after.name]
    return Layout("".join(renamed))


def _with_shape(target: Layout, old: Layout, shape: Any) -> Layout:
    """``target`` with blocks of one where the argument has one element to broadcast: NHW1 follows NCHW16c as NCHW1c."""
    parts: list[str] = []
    for letter, _ in target.axes:
        if letter.islower():
            index = old.index_of(letter.upper())
            single = index == -1 or (shape[index] == 1 and letter not in old)
            parts.append("1" if single else str(target.factor_of(letter)))
        parts.append(letter)
    return Layout("".join(parts)) if parts else Layout.of(())
