"""The open dimensions of parameters: symbols, or what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import relay_compat.ir.expr as relay
from migrate.forward.dynamic import guards
from migrate.forward.dynamic.symbols import is_open
from migrate.forward.names import legal
from tensor_core import shapes
from tensor_core.prim import Var
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, TupleType, Type

if TYPE_CHECKING:
    from migrate.forward.dynamic.solve import Sizes


class Params:
    """Gives the parameters of a function, and of literals inside it, their types."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._by_name: dict[str, Var] = {}

    def of(self, param: relay.Var) -> Type:
        """The type of a parameter in symbols."""
        return self._sizes.put(param, self._requested(param.checked_type, param.name, param.span))

    def _requested(self, type_: Type, path: str, span: Any) -> Type:
        """The type with a symbol, or what was asked for, for every open dimension."""
        if isinstance(type_, TupleType):
            return TupleType(tuple(self._requested(item, f"{path}.{n}", span) for n, item in enumerate(type_.fields)))
        if not isinstance(type_, TensorType) or not is_open(type_):
            return type_
        return TensorType(
            tuple(
                self._dim(f"{path}.{axis}", span) if isinstance(dim, shapes.AnyDim) else dim
                for axis, dim in enumerate(type_.shape)
            ),
            type_.dtype,
        )

    def _dim(self, place: str, span: Any) -> Dim:
        request = self._sizes.known.dims.get(place)
        if request is None:
            return self._sizes.symbols.fresh(legal(place))
        self._sizes.known.asked.add(place)
        if request.size is not None:
            self._sizes.assume(f"dimension {place} is {request.size}", "asked for", span)
            return request.size
        symbol = self._named(request.name) if request.name else self._sizes.symbols.fresh(legal(place))
        if request.name:
            self._sizes.assume(f"dimension {place} is {request.name}, as all that are called so", "asked for", span)
        if request.low is not None and request.high is not None:
            self._sizes.assume(f"{symbol.name} is from {request.low} to {request.high}", "asked for", span)
            self._sizes.guard(None, guards.between(symbol, request.low, request.high, symbol.name))
            self._sizes.bounds[symbol] = (request.low, request.high)
        return symbol

    def _named(self, name: str) -> Var:
        if name not in self._by_name:
            self._by_name[name] = self._sizes.symbols.fresh(name, named=True)
        return self._by_name[name]
