"""Layouts of operators whose attributes name axes: normalisation, reduction, splitting and joining."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.types import TensorType, Type
from relay_compat.ir.values import TypedInt
from relay_compat.layouts.inferred import (
    InferCorrectLayoutOutput,
    Layouts,
    Rule,
    changed,
    first_known,
    flat,
    rank,
    unknown,
)
from relay_compat.layouts.layout import Layout
from tensor_core.attrs import Attrs


def _moved(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> tuple[Layout | None, Attrs]:
    """The layout of the data, and the attributes with ``axis`` where its dimension stands in it."""
    if new is None:
        return old[0], attrs
    given, before = new[0], old[0]
    if given is None or before is None:
        return given, attrs
    return given, changed(attrs, axis=given.index_of(before[int(attrs.axis) % rank(types)]))


def normalization(vectors: int, extra_results: int = 0) -> Rule:
    """A rule of operators along one axis with further arguments and results that are vectors along it."""

    def rule(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
        data, attrs = _moved(attrs, new, old, types)
        return InferCorrectLayoutOutput([data, *["C"] * vectors], [data, *["C"] * extra_results], attrs)

    return rule


def topk(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Values and indices have the layout of the data."""
    data, attrs = _moved(attrs, new, old, types)
    return InferCorrectLayoutOutput([data], [data, data], attrs)


def l2_normalize(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Along several axes, which move with their dimensions."""
    data = old[0]
    if new is not None and new[0] is not None and data is not None:
        axes = [data[int(axis) % rank(types)] for axis in attrs.axis]
        data = new[0]
        attrs = changed(attrs, axis=tuple(data.index_of(axis) for axis in axes))
    return InferCorrectLayoutOutput([data], [data], attrs)


def prelu(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Keeps its layout."""
    del new, types
    return InferCorrectLayoutOutput([old[0], "C"], [old[0]], attrs)


def concatenate(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Follows its producers where they agree."""
    axis = int(attrs.axis) % rank(types)
    if new is not None and old[0] is not None and new[0] is not None and all(item == new[0] for item in new):
        found: Layout | None = new[0]
        attrs = changed(attrs, axis=new[0].index_of(old[0][axis]))
    else:
        found = first_known(old)
        if found is None or len(found) <= axis or found[axis].islower():
            return unknown(1, 1, attrs)
    return InferCorrectLayoutOutput([found] * len(old), [found], attrs)


def split(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Follows its producer where the places of the cuts are multiples of the blocks."""
    sections = attrs.indices_or_sections
    count = int(sections) if isinstance(sections, int) else len(sections) + 1
    data = old[0]
    if new is not None and new[0] is not None and data is not None:
        letter = data[int(attrs.axis) % rank(types)]
        attrs = changed(attrs, axis=new[0].index_of(letter))
        factor = new[0].factor_of(letter)
        if factor > 1 and not isinstance(sections, int):
            if any(cut % factor for cut in sections):
                return InferCorrectLayoutOutput([data], [data] * count, attrs)
            attrs = changed(attrs, indices_or_sections=tuple(_like(cut, cut // factor) for cut in sections))
        data = new[0]
    return InferCorrectLayoutOutput([data], [data] * count, attrs)


def _like(number: int, value: int) -> int:
    return TypedInt(value, number.kind) if isinstance(number, TypedInt) else value


def reduction(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Reduced dimensions go with all their blocks, or become one."""
    reduced = _reduced_axes(attrs, rank(types))
    given = new[0] if new is not None and reduced else old[0]
    before, result = old[0], None
    if given is not None and before is not None:
        letters = {before[axis] for axis in reduced}
        axes, result = _reduce(given, letters, bool(attrs.exclude), bool(attrs.keepdims))
        if new is not None and reduced:
            attrs = changed(attrs, axis=axes)
        given = Layout.of(given.axes)
    return InferCorrectLayoutOutput([given] * len(old), [result], attrs)


def _reduced_axes(attrs: Any, dims: int) -> list[int]:
    named = (attrs.axis,) if isinstance(attrs.axis, int) else attrs.axis or ()
    if not named:
        return list(range(dims))
    axes = [int(axis) % dims for axis in named]
    return [axis for axis in range(dims) if axis not in axes] if attrs.exclude else axes


def _reduce(given: Layout, letters: set[str], exclude: bool, keep: bool) -> tuple[tuple[int, ...], Layout | None]:
    axes: list[int] = []
    result: list[tuple[str, int]] = []
    for index, (letter, size) in enumerate(given.axes):
        gone = letter.upper() in letters
        if gone != exclude:
            axes.append(index)
        if not size:
            if not gone or keep:
                result.append((letter, 0))
        elif not gone:
            result.append((letter, given.factor_of(letter)))
        elif keep:
            result.append((letter, 1))
    # TVM knows no layout of a result without dimensions.
    return tuple(axes), Layout.of(result) if result else None


def requantize(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Scales and zero points are vectors along the axis, which moves; blocks stay where they are all numbers."""
    data = old[0]
    if new is not None and new[0] is not None and data is not None:
        letter = data[int(attrs.axis) % rank(types)]
        per_tensor = all(isinstance(item, TensorType) and not item.rank for item in types[1:3])
        axes = [axis for axis in new[0].axes if axis[0].isupper() or per_tensor]
        data = Layout.of([(name, new[0].factor_of(name) if size else 0) for name, size in axes])
        attrs = changed(attrs, axis=max(data.index_of(letter), 0))
    return InferCorrectLayoutOutput([data, *["C"] * 4], [data], attrs)


def with_vectors(rule: Rule, count: int, letter: str = "C") -> Rule:
    """The rule of a quantized operator: that of the plain one, and vectors for its scales and zero points."""

    def quantized(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
        tensors = len(old) - count
        given = None if new is None else list(new[:tensors])
        found = rule(attrs, given, old[:tensors], types[: len(types) - count])
        return InferCorrectLayoutOutput(
            [*found.input_layouts, *[letter] * count], found.output_layouts, found.new_attrs
        )

    return quantized


def quantized_concatenate(
    attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]
) -> InferCorrectLayoutOutput:
    """Follows its producers; two vectors for each of them and two for the result."""
    tensors = len(flat(types[:1]))
    found = concatenate(attrs, None if new is None else list(new[:tensors]), old[:tensors], types[:1])
    vectors = ["C"] * (2 * tensors + 2)
    return InferCorrectLayoutOutput([*found.input_layouts, *vectors], found.output_layouts, found.new_attrs)
