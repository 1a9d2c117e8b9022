"""Layouts of operators that say in their attributes which they take: convolutions, pooling, resizing, dense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.types import Type
from relay_compat.layouts.inferred import InferCorrectLayoutOutput, Layouts, Rule, changed
from relay_compat.layouts.layout import Layout


def convolution(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Others follow a convolution: it takes no notice of its producers."""
    del new, old, types
    result = attrs.out_layout or attrs.data_layout
    return InferCorrectLayoutOutput([attrs.data_layout, attrs.kernel_layout], [result], attrs)


def deformable(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Offsets have the layout of the data."""
    del new, old, types
    result = attrs.out_layout or attrs.data_layout
    return InferCorrectLayoutOutput([attrs.data_layout, attrs.data_layout, attrs.kernel_layout], [result], attrs)


def two_layouts(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Data and kernel as stated, the result as the data."""
    del new, old, types
    return InferCorrectLayoutOutput([attrs.data_layout, attrs.kernel_layout], [attrs.data_layout], attrs)


def pooling(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Follows its producer unless the layout of the result is stated."""
    del old, types
    if not attrs.out_layout and new is not None:
        assert new[0] is not None
        attrs = changed(attrs, layout=new[0].name)
    return InferCorrectLayoutOutput([attrs.layout], [attrs.layout], attrs)


def upsampling(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Follows its producer as long as depth, height and width stay whole and where they are."""
    del old, types
    if new is not None:
        assert new[0] is not None
        stated, given = Layout(attrs.layout), new[0]
        kept = all(given.index_of(axis) == stated.index_of(axis) and axis.lower() not in given for axis in "HW")
        depth = given.index_of("D")
        if kept and (depth == -1 or (depth == stated.index_of("D") and "d" not in given)):
            attrs = changed(attrs, layout=given.name)
    return InferCorrectLayoutOutput([attrs.layout], [attrs.layout], attrs)


def resize(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Follows its producer where that only permutes."""
    del types
    if new is not None:
        given, before = new[0], old[0]
        moved = given is not None and before is not None and given != before and len(given) == len(before)
        if moved and before is not None and attrs.layout == before.name:
            attrs = changed(attrs, layout=str(given))
    return InferCorrectLayoutOutput([attrs.layout], [attrs.layout], attrs)


def with_layout(*others: str, twice: bool = False) -> Rule:
    """A rule of operators that take the layout they state, and further arguments of fixed layouts."""

    def rule(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
        del new, old, types
        return InferCorrectLayoutOutput([attrs.layout] * (1 + twice) + [*others], [attrs.layout], attrs)

    return rule


def dense(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """Rows and columns, always."""
    del new, old, types
    return InferCorrectLayoutOutput(["NC", "NC"], ["NC"], attrs)


def packed_dense(attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]) -> InferCorrectLayoutOutput:
    """The weight as stated."""
    del new, old, types
    return InferCorrectLayoutOutput(["NC", attrs.weight_layout], ["NC"], attrs)
