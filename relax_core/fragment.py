"""Instantiating card expansions and gradients as Relax bindings."""

from __future__ import annotations

from typing import Any

import numpy as np

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Constant, Expr, Tuple, TupleGetItem
from relax_core.ops import make_call
from relax_core.types.deduce import type_of
from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.ops.registry import registry
from tensor_core.spans import Span
from tensor_core.types import TensorType, Type


class RelaxFragment:
    """Writes the calls of an expansion into a block builder, one binding each.

    A call that one Relax op of the release cannot say is expanded in turn. ``hint``, ``span`` and ``origin`` are
    given to every binding.
    """

    def __init__(
        self,
        builder: BlockBuilder,
        release: str = "0.27",
        *,
        hint: str = "",
        span: Span | None = None,
        origin: Any = None,
    ) -> None:
        self._builder = builder
        self._release = release
        self._hint = hint
        self._span = span
        self._origin = origin

    def call(self, card: str, *args: Expr | tuple[Expr, ...], **params: Any) -> Expr:
        """Emit a call of another card and return its variable; R2R0401 when Relax can neither say nor expand it."""
        callee = registry().by_name[card]
        given = tuple(Tuple(arg) if isinstance(arg, tuple) else arg for arg in args)
        values = callee.params(**params)
        made = make_call(callee, values, given, self._release)
        if not isinstance(made, str):
            return self._builder.emit(made, self._hint, span=self._span, origin=self._origin)
        if callee.expand is not None:
            return callee.expand(values, self, *given)
        raise fail(codes.REFUSED_OP, f"{card} cannot be said in Relax {self._release}: {made}", self._span)

    def constant(self, value: np.ndarray | float | int | bool, dtype: str) -> Expr:
        """A constant."""
        made = Constant(np.asarray(value).astype(dtypes.to_numpy(dtype)), self._span)
        type_of(made)
        return made

    def tuple(self, *items: Expr) -> Expr:
        """A tuple of values; it is bound only where a variable is needed."""
        made = Tuple(tuple(items))
        type_of(made)
        return made

    def item(self, value: Expr, index: int) -> Expr:
        """One field of a tuple value."""
        if isinstance(value, Tuple):
            return value.fields[index]
        return self._builder.emit(TupleGetItem(value, index), span=self._span, origin=self._origin)

    def known(self, value: Expr) -> np.ndarray[Any, Any] | None:
        """The array of a constant; None for a value that is computed."""
        return value.data if isinstance(value, Constant) else None

    def type_of(self, value: Expr) -> Type:
        """The type of a value; R2R0203 when it has none."""
        found = type_of(value)
        if found is None:
            raise fail(codes.UNRESOLVED_TYPE, "a value of the expansion has no type", self._span)
        return found

    def tensor_type(self, value: Expr) -> TensorType:
        """The type of a tensor value; R2R0202 when its shape is unknown or it is no tensor."""
        found = self.type_of(value)
        if not isinstance(found, TensorType):
            raise fail(codes.TYPE_MISMATCH, f"the expansion needs a tensor of known shape, got {found}", self._span)
        return found
