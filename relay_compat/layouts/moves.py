"""Layouts of operators that move dimensions: transposing, squeezing, padding and slicing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.types import TensorType, Type
from relay_compat.layouts.inferred import InferCorrectLayoutOutput, Layouts, changed, unknown
from relay_compat.layouts.layout import Layout


def transpose(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Renames its result where the axes are all found in the layout of its producer."""
    del types
    before = old[0]
    if before is None:
        return unknown(1, 1, attrs)
    axes = [int(axis) % len(before) for axis in attrs.axes or reversed(range(len(before)))]
    given = before
    if new is not None and new[0] is not None:
        found = [new[0].index_of(before[axis]) for axis in axes]
        if -1 not in found and len(found) == len(new[0]):
            axes, given = found, new[0]
    name = given.name
    try:
        result = Layout("".join(name[axis] for axis in axes))
    except ValueError:
        return unknown(1, 1, attrs)
    return InferCorrectLayoutOutput([given], [result], changed(attrs, axes=tuple(axes)))


def squeeze(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Dimensions that go take their letters along."""
    (type_,) = types
    assert isinstance(type_, TensorType)
    given, before = (new[0] if new is not None else old[0]), old[0]
    if given is None:
        return unknown(1, 1, attrs)
    gone = attrs.axis
    if gone is None:
        gone = tuple(index for index, dim in enumerate(type_.shape) if dim == 1)
    axes = [int(axis) for axis in gone]
    if new is not None and before is not None:
        axes = [given.index_of(before[axis]) for axis in axes]
        attrs = changed(attrs, axis=tuple(axes))
    left = {axis % len(given) for axis in axes}
    result = Layout.of([axis for index, axis in enumerate(given.axes) if index not in left])
    return InferCorrectLayoutOutput([given], [result], attrs)


def pad(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Follows its producer unless a padded dimension is in blocks."""
    del types
    data = old[0]
    if new is not None and new[0] is not None and data is not None:
        widths = dict(zip(data.letters, attrs.pad_width, strict=False))
        moved = [widths[letter if letter in widths and letter.isupper() else letter.upper()] for letter in new[0]]
        blocked = [letter for letter in new[0] if letter.islower() or letter not in widths]
        if not any(width != 0 for letter in blocked for width in widths[letter.upper()]):
            attrs, data = changed(attrs, pad_width=tuple(moved)), new[0]
    return InferCorrectLayoutOutput([data, "1"], [data], attrs)


def slice_like(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Follows its producers where they agree and all axes are found."""
    del types
    before = old[0]
    if new is not None and new[0] is not None and before is not None:
        axes = tuple(new[0].index_of(before[int(axis)]) for axis in attrs.axes or ())
        if axes and -1 not in axes:
            return InferCorrectLayoutOutput([new[0], new[0]], [new[0]], changed(attrs, axes=axes))
    return InferCorrectLayoutOutput([old[0], old[1]], [old[1]], attrs)


def strided_slice(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Follows a producer that permutes; one that makes blocks, where the slice begins and ends with a block."""
    before = old[0]
    given = new[0] if new is not None else None
    if before is None or given is None or attrs.begin is None:
        return InferCorrectLayoutOutput([before], [before], attrs)
    (type_, *_) = types
    assert isinstance(type_, TensorType)
    if before.name.startswith(given.name) or given.name.startswith(before.name):
        return _blocked(attrs, given, before, type_) if len(before.name) < len(given.name) else _same(attrs, before)
    if len(before.name) != len(given.name):
        return unknown(1, 1, attrs)
    return _permuted(attrs, given, before, type_)


def _same(attrs: Any, layout: Layout) -> InferCorrectLayoutOutput:
    return InferCorrectLayoutOutput([layout], [layout], attrs)


def _strides(attrs: Any) -> list[int]:
    return [1 if attrs.slice_mode == "size" else int(stride) for stride in attrs.strides]


def _permuted(attrs: Any, given: Layout, before: Layout, type_: TensorType) -> InferCorrectLayoutOutput:
    begin, end, strides = list(attrs.begin), list(attrs.end), _strides(attrs)
    if attrs.axes is not None:
        axes = tuple(given.index_of(before[int(axis)]) for axis in attrs.axes)
        return _same(changed(attrs, axes=axes, strides=tuple(strides)), given)
    order = [before.index_of(letter) for letter in given]
    if -1 in order:
        return unknown(1, 1, attrs)
    moved = changed(
        attrs,
        begin=tuple(begin[n] if n < len(begin) else 0 for n in order),
        end=tuple(end[n] if n < len(end) else type_.shape[n] for n in order),
        strides=tuple(strides[n] if n < len(strides) else 1 for n in order),
    )
    return _same(moved, given)


def _blocked(attrs: Any, given: Layout, before: Layout, type_: TensorType) -> InferCorrectLayoutOutput:
    begin, end, strides = list(attrs.begin), list(attrs.end), _strides(attrs)
    axes = list(range(len(begin))) if attrs.axes is None else [int(axis) for axis in attrs.axes]
    for place, axis in enumerate(axes):
        letter = before[axis]
        factor = given.factor_of(letter)
        if factor == -1:
            continue
        first, last = int(begin[place]), int(end[place])
        if attrs.slice_mode == "size" and attrs.axes is None:
            last = int(type_.shape[axis]) if last < 0 else first + last  # type: ignore[arg-type]
        if (place < len(strides) and strides[place] != 1) or first % factor or last % factor:
            return unknown(1, 1, attrs)
        begin[place], end[place] = first // factor, last // factor
    moved = changed(attrs, begin=tuple(begin), end=tuple(end))
    if attrs.axes is not None:
        moved = changed(moved, axes=tuple(given.index_of(before[axis]) for axis in axes))
    return _same(moved, given)
