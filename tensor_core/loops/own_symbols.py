"""Tensor programs have symbols of their own, as in a script, where each function names its sizes itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from tensor_core import shapes
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim
from tensor_core.types import Type, map_shape


class OwnSymbols:
    """Renames the symbols of one kernel. ``outer``: what its own stand for."""

    def __init__(self) -> None:
        self.outer: dict[Var, Var] = {}
        self._own: dict[Var, Dim] = {}

    def types(self, types: Sequence[Type]) -> list[Type]:
        """Types in symbols of the kernel."""
        return [map_shape(item, self._dim) for item in types]

    def params(self, params: Any) -> Any:
        """Parameters of a card in symbols of the kernel."""
        if not is_dataclass(params) or isinstance(params, type):
            return params
        changes = {item.name: self._value(getattr(params, item.name)) for item in fields(params)}
        same = all(getattr(params, name) is value for name, value in changes.items())
        return params if same else replace(params, **changes)

    def _value(self, value: Any) -> Any:
        if isinstance(value, PrimExpr):
            return self._dim(value)
        if isinstance(value, tuple):
            items = cast("tuple[Any, ...]", value)
            made = tuple(map(self._value, items))
            return items if all(a is b for a, b in zip(made, items, strict=True)) else made
        return value

    def _dim(self, dim: Dim) -> Dim:
        for var in shapes.free_vars(dim):
            if var not in self._own:
                made = Var(var.name, var.dtype)
                self._own[var] = made
                self.outer[made] = var
        return shapes.substitute(dim, self._own)
