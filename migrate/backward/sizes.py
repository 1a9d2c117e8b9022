"""Sizes that have names in Relax: where Relay finds them again when it runs, and what it no longer knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import relax_core.ir.types as relax_types
from migrate.backward.by_value import FORMS, spelled
from migrate.report.model import Assumption
from relay_compat.fragment import RelayFragment
from tensor_core import codes, prim, shapes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.spans import Span
from tensor_core.types import Type

_OPERATORS: dict[type[PrimExpr], str] = {
    prim.Add: "add",
    prim.Sub: "subtract",
    prim.Mul: "multiply",
    prim.FloorDiv: "floor_divide",
    prim.FloorMod: "floor_mod",
    prim.Min: "minimum",
    prim.Max: "maximum",
}
_BY_VALUE: dict[str, dict[str, Any]] = {
    "broadcast_to": {}, "full": {}, "ones": {}, "reshape": {"allowzero": False}, "zeros": {},
}  # fmt: skip
"""The cards that take a shape as a parameter and, called dyn.NAME, as a tensor; with what else that one takes."""


class Sizes:
    """The symbolic sizes of one function: extents of dimensions of values, or elements of shapes."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._sources: dict[prim.Var, tuple[Expr, int, bool, str]] = {}
        self._scalars: dict[prim.Var, Expr] = {}
        self.assumptions: list[Assumption] = []

    def __contains__(self, var: prim.Var) -> bool:
        return var in self._sources

    def bind(self, value: Expr, type_: Type | None, name: str, span: Span | None) -> None:
        """Take note of the sizes that a value of this Relax type gives names to, and of what is lost about them."""
        match type_:
            case relax_types.TensorType() if type_.dims is not None:
                self._dims(value, type_.dims, False, name, span)
            case relax_types.ShapeType() if type_.values is not None:
                self._dims(value, type_.values, True, name, span)
            case _:
                pass

    def _dims(self, value: Expr, dims: Sequence[Dim], is_shape: bool, name: str, span: Span | None) -> None:
        for place, dim in enumerate(dims):
            where = f"{name}[{place}]" if is_shape else f"{name}.shape[{place}]"
            if isinstance(dim, prim.Var) and dim not in self._sources:
                self._sources[dim] = (value, place, is_shape, where)
            elif shapes.free_vars(dim):
                self._lost(where, dim, span)

    def _lost(self, where: str, dim: Dim, span: Span | None) -> None:
        known = {var: found[3] for var in shapes.free_vars(dim) if (found := self._sources.get(var))}
        said = known.get(dim) if isinstance(dim, prim.Var) else None
        text = said or shapes.to_text(dim)
        self.assumptions.append(
            Assumption(self._function, f"{where} == {text}", "sizes have no names in Relay types", span=span)
        )

    def tensor(self, dims: Sequence[Dim], fragment: RelayFragment, span: Span | None = None) -> Expr:
        """A shape as a tensor of int64."""
        if shapes.is_static(dims):
            return fragment.constant(np.array(shapes.static(dims), "int64"), "int64")
        parts = [self.scalar(dim, fragment, span) for dim in dims]
        return fragment.call("stack", tuple(parts), axis=0)

    def scalar(self, dim: Dim, fragment: RelayFragment, span: Span | None = None) -> Expr:
        """A size as a scalar tensor of int64; R2R0404 for one that nothing in Relay tells."""
        done: dict[int, Expr] = {}
        root = shapes.as_expr(dim)
        stack: list[PrimExpr] = [root]
        while stack:
            item = stack[-1]
            if id(item) in done:
                stack.pop()
                continue
            if isinstance(item, prim.Var):
                done[id(item)] = self._variable(item, fragment, span)
            elif isinstance(item, prim.IntImm):
                done[id(item)] = fragment.constant(item.value, "int64")
            elif type(item) in _OPERATORS:
                assert isinstance(item, prim.Binary)
                waiting = [part for part in (item.a, item.b) if id(part) not in done]
                if waiting:
                    stack += waiting
                    continue
                done[id(item)] = fragment.call(_OPERATORS[type(item)], done[id(item.a)], done[id(item.b)])
            else:
                message = f"the size {shapes.to_text(dim)} is computed in a way that Relay has no operator for"
                raise fail(codes.REVERT_UNSUPPORTED, message, span)
        return done[id(root)]

    def _variable(self, var: prim.Var, fragment: RelayFragment, span: Span | None) -> Expr:
        if var not in self._scalars:
            source = self._sources.get(var)
            if source is None:
                raise fail(codes.REVERT_UNSUPPORTED, f"nothing in Relay tells the size {var.name}", span)
            value, place, is_shape, _ = source
            shape = value if is_shape else fragment.call("shape_of", value, dtype="int64")
            index = fragment.constant(place, "int64")
            self._scalars[var] = fragment.call("take", shape, index)
        return self._scalars[var]

    def by_value(
        self,
        card: str,
        params: Any,
        args: Sequence[Expr],
        fragment: RelayFragment,
        span: Span | None,
        shape: Expr | None = None,
    ) -> tuple[Expr, str] | None:
        """A call that takes sizes as parameters, as one that takes them as a tensor; None where Relay has none.

        ``shape``: that tensor, where sizes have no names.
        """
        if card not in _BY_VALUE:
            return FORMS[card](params, args, fragment, self, span) if card in FORMS else None
        if card == "reshape" and _follows(params.shape):
            codes = tuple([int(dim) if isinstance(dim, int) else -1 for dim in params.shape])
            return spelled("reshape", {"newshape": codes}, args, fragment, span), "reshape"
        name, more = f"dyn.{card}", _BY_VALUE[card]
        if card in _FILLED:
            more = {"dtype": params.dtype}
        return fragment.call(name, *args, shape or self.tensor(params.shape, fragment), **more), name


_FILLED = ("full", "ones", "zeros")


def _follows(shape: Sequence[Dim]) -> bool:
    """Whether one size is open and follows from the others, none of which is 0."""
    known = [int(dim) for dim in shape if isinstance(dim, int)]
    return len(known) == len(shape) - 1 and 0 not in known
