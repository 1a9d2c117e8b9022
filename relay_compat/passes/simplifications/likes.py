"""Operators that are told a shape or element type by an example are told it directly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from relay_compat.dataflow_pattern import is_op, wildcard
from relay_compat.ir.expr import Constant, Expr
from relay_compat.op.call import call
from relay_compat.passes.simplifications.rule import NodeMap, Rule, dtype_of, static_shape

Make = Callable[[tuple[Expr, ...], tuple[int, ...], str], Expr]


class Concretize(Rule):
    """Where the result's shape is known, an operator ``..._like`` becomes the one without an example.

    ``empty``: whether that can say shapes without elements; a reshape reads zero as a dimension of its operand.
    """

    def __init__(self, name: str, inputs: int, make: Make, *, empty: bool = True) -> None:
        self._empty = empty
        self._inputs = tuple(wildcard() for _ in range(inputs))
        super().__init__(is_op(name)(*self._inputs))
        self._make = make

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The call, given its arguments, shape and element type."""
        shape = static_shape(pre)
        if shape is None or (0 in shape and not self._empty):
            return post
        return self._make(tuple(node_map[item][0] for item in self._inputs), shape, dtype_of(pre))


class ConcretizeCast(Rule):
    """``cast_like`` becomes a cast, whatever the shape."""

    def __init__(self) -> None:
        self._data = wildcard()
        super().__init__(is_op("cast_like")(self._data, wildcard()))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The cast."""
        del post
        return call("cast", node_map[self._data][0], dtype=dtype_of(pre))


def _collapse(args: tuple[Expr, ...], shape: tuple[int, ...], dtype: str) -> Expr:
    del dtype
    return call("collapse_sum_to", args[0], Constant(np.asarray(shape, np.int32)), shape=shape)


def _filled(name: str) -> Make:
    def make(args: tuple[Expr, ...], shape: tuple[int, ...], dtype: str) -> Expr:
        # What fills comes second, behind the example.
        return call(name, *args[1:], shape=shape, dtype=dtype)

    return make


def _shaped(name: str, attribute: str) -> Make:
    def make(args: tuple[Expr, ...], shape: tuple[int, ...], dtype: str) -> Expr:
        del dtype
        attrs: dict[str, Any] = {attribute: shape}
        return call(name, args[0], **attrs)

    return make


RULES = (
    lambda: Concretize("zeros_like", 1, _filled("zeros")),
    lambda: Concretize("ones_like", 1, _filled("ones")),
    lambda: Concretize("full_like", 2, _filled("full")),
    lambda: Concretize("reshape_like", 2, _shaped("reshape", "newshape"), empty=False),
    lambda: Concretize("collapse_sum_like", 2, _collapse),
    lambda: Concretize("broadcast_to_like", 2, _shaped("broadcast_to", "shape")),
    ConcretizeCast,
)
