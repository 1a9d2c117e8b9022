"""Card expansions as Relay expressions."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, RelayExpr, Tuple, TupleGetItem, op
from tensor_core import codes, dtypes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.fragment import ByExample
from tensor_core.ops.card import Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_attrs
from tensor_core.spans import Span
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of


class RelayFragment(ByExample):
    """Instantiates the calls of an expansion; every new node has its type and the span of the call it stands for.

    Arguments must have inferred types. A card without a Relay spelling is expanded further.
    """

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    def call(self, card: str, *args: Any, **params: Any) -> Expr:
        """A call of another card's Relay op, or what it expands to. R2R0205 when the card's type rule rejects it,
        R2R0401 when Relay has neither.
        """
        callee = registry().by_name[card]
        values = tuple(self.tuple(*cast("tuple[Any, ...]", arg)) if isinstance(arg, tuple) else arg for arg in args)
        settings = callee.params(**params)
        if callee.relay is None:
            if callee.expand is None:
                raise fail(codes.REFUSED_OP, f"Relay has no operator for {card}, and its card no expansion", self._span)
            return callee.expand(settings, self, *values)
        types = tuple(map(self.type_of, values))
        try:
            result = callee.infer(settings, *types)
            written = relay_attrs(callee, settings, types)
        except Reject as reject:
            raise fail(codes.ILL_FORMED, f"in an expansion: {card}: {reject.message}", self._span) from None
        # An attribute that is an expression, as the ends of arange, is one in the text as well.
        said = {name: Constant(v) if type(v) is np.ndarray else v for name, v in written.items()}
        attrs = Attrs(callee.relay.attrs_type, said) if callee.relay.attrs_type else None
        return self._typed(Call(op(callee.relay.name), values, attrs, span=self._span), result)

    def constant(self, value: np.ndarray | float | int | bool, dtype: str) -> Expr:
        """A constant. Reject for an element type of which there are no arrays."""
        if not dtypes.is_known(dtype):
            raise Reject(f"there are no constants of {dtype}")
        array = np.asarray(value, dtypes.to_numpy(dtype))
        return self._typed(Constant(array, span=self._span), tensor_type_of(array))

    def tuple(self, *items: Expr) -> Expr:
        """A tuple expression."""
        return self._typed(Tuple(items, span=self._span), TupleType(tuple(map(self.type_of, items))))

    def item(self, value: Expr, index: int) -> Expr:
        """A projection; of a tuple expression, the field itself."""
        if isinstance(value, Tuple):
            return value.fields[index]
        type_ = self.type_of(value)
        assert isinstance(type_, TupleType)
        return self._typed(TupleGetItem(value, index, span=self._span), type_.fields[index])

    def known(self, value: Expr) -> np.ndarray[Any, Any] | None:
        """The array of a constant; None for a value that is computed."""
        return value.data if isinstance(value, Constant) else None

    def type_of(self, value: Expr) -> Type:
        """The inferred type."""
        assert isinstance(value, RelayExpr)
        return value.checked_type

    def tensor_type(self, value: Expr) -> TensorType:
        """The inferred type of a tensor."""
        type_ = self.type_of(value)
        assert isinstance(type_, TensorType)
        return type_

    def _typed(self, node: Expr, type_: Type) -> Expr:
        node.memo("checked", type_)
        return node
