"""What layout inference answers for one call (InferCorrectLayoutOutput in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relay_compat.ir.types import TensorType, Type
from relay_compat.layouts.layout import Layout
from tensor_core.attrs import Attrs
from tensor_core.types import TupleType, leaves

Layouts = Sequence[Layout | None]


class InferCorrectLayoutOutput:
    """The layouts of the arguments, tuples flattened, and of the results, with the attributes that go with them.

    A layout may be given by its name; None is unknown.
    """

    __slots__ = ("input_layouts", "new_attrs", "output_layouts")

    def __init__(self, input_layouts: Sequence[Any], output_layouts: Sequence[Any], new_attrs: Attrs | None) -> None:
        self.input_layouts: list[Layout | None] = [_layout(item) for item in input_layouts]
        self.output_layouts: list[Layout | None] = [_layout(item) for item in output_layouts]
        self.new_attrs = new_attrs

    @property
    def is_known(self) -> bool:
        """Whether every layout is known."""
        return None not in self.input_layouts and None not in self.output_layouts


Rule = Callable[[Any, "Layouts | None", Layouts, Sequence[Type]], InferCorrectLayoutOutput]
"""How an operator infers layouts, given its attributes, the layouts that its producers have now (None before anything
was changed), those that they had, and the original types of its arguments.
"""


def changed(attrs: Attrs, **values: Any) -> Attrs:
    """The attributes with some of them set to other values."""
    return Attrs(attrs.type_key, {**attrs, **values})


def unknown(inputs: int, outputs: int, attrs: Attrs | None) -> InferCorrectLayoutOutput:
    """The answer of an operator that cannot tell."""
    return InferCorrectLayoutOutput([None] * inputs, [None] * outputs, attrs)


def rank(types: Sequence[Type], index: int = 0) -> int:
    """The rank of an argument; of its first field, if it is a tuple."""
    found = next(leaves(types[index]))
    assert isinstance(found, TensorType)
    return found.rank


def shapes_of(types: Sequence[Type]) -> list[Any]:
    """The shapes of arguments that are all tensors."""
    return [item.shape for item in types if isinstance(item, TensorType)]


def flat(types: Sequence[Type]) -> list[Type]:
    """The types of all tensors, those in tuples too."""
    return [leaf for item in types for leaf in leaves(item)]


def first_known(layouts: Layouts) -> Layout | None:
    """The first layout that is known."""
    return next((item for item in layouts if item is not None), None)


def is_scalar(type_: Type) -> bool:
    """Whether a type is a tensor of rank 0."""
    return isinstance(type_, TensorType) and not type_.rank and not isinstance(type_, TupleType)


def _layout(item: Any) -> Layout | None:
    # An empty name stands for no layout, as in TVM.
    return (Layout(item) if item and item != "__undef__" else None) if isinstance(item, str) else item
