"""What a layout rule takes and gives (InferLayoutOutput in TVM 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from relax_core.ir.expr import Call, Expr
from relax_core.ir.types import TensorType
from relax_core.layouts.layout import Layout, Nested, initial, is_packed
from relax_core.types.leaves import type_of
from tensor_core.shapes import Dim


@dataclass(frozen=True, slots=True)
class Site:
    """A call as it was, the layouts that its arguments have by now, and the layouts that the operator is asked for.

    Every tensor among the arguments is of known rank. ``wanted`` is None where nothing is asked for.
    """

    call: Call
    layouts: tuple[Nested, ...]
    wanted: Sequence[str] | None = None

    @property
    def attrs(self) -> Mapping[str, Any]:
        """The attributes of the call."""
        return self.call.attrs or {}

    def now(self, argument: int) -> Layout:
        """The layout of a tensor among the arguments."""
        found = self.layouts[argument]
        assert isinstance(found, tuple)
        return found

    def rank(self, argument: int) -> int:
        """The number of its dimensions."""
        return self._type(argument).ndim

    def dims(self, argument: int) -> Sequence[Dim] | None:
        """Its dimensions in the initial layout; None where they are not known."""
        return self._type(argument).dims

    def own(self, argument: int) -> Layout:
        """Its initial layout."""
        return initial(self.rank(argument))

    def whole(self, argument: int) -> Layout:
        """The layout it has by now, or the initial one where that has blocks."""
        layout = self.now(argument)
        return self.own(argument) if is_packed(layout) else layout

    def dimension(self, axis: Any) -> int:
        """The number of a dimension of the first argument, which may count from the end."""
        return int(axis) % self.rank(0)

    def _type(self, argument: int) -> TensorType:
        type_ = type_of(self.call.args[argument])
        assert isinstance(type_, TensorType)
        return type_


@dataclass(frozen=True, slots=True)
class Inferred:
    """The layouts in which an operator takes its first arguments (the others as they were) and gives its result.

    ``attrs`` and ``args`` are the attributes and arguments that are others then.
    """

    inputs: tuple[Nested, ...]
    output: Nested
    attrs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    args: Mapping[int, Expr] = field(default_factory=dict[int, Expr])


Rule = Callable[[Site], Inferred | None]
"""What an operator does with its arguments' layouts; None where it takes all of them as they were."""
