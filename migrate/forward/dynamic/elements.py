"""Elements of tensors that are read at run time, as symbols for sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from migrate.forward.dynamic import arithmetic
from migrate.forward.dynamic.arithmetic import Values
from migrate.forward.dynamic.symbols import hint_of
from tensor_core import shapes
from tensor_core.module import Expr
from tensor_core.ops.card import Reject
from tensor_core.prim import Var
from tensor_core.shapes import Dim
from tensor_core.types import TensorType

if TYPE_CHECKING:
    from migrate.forward.dynamic.solve import Sizes

OFFSET = 64
"""What is added to numbers read at run time that may be negative: more than a tensor has dimensions."""


class Elements:
    """The elements that one function reads. ``reads``: by node, the symbols of its elements, and what was added."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._signed: set[Var] = set()
        self._known: dict[tuple[Expr, bool], Values] = {}
        self.reads: dict[Expr, list[tuple[tuple[Var, ...], int]]] = {}

    def is_read(self, dim: Dim) -> bool:
        """Whether a dimension is an element that is read at run time and may be negative."""
        return not isinstance(dim, int) and not self._signed.isdisjoint(shapes.free_vars(dim))

    def read(self, node: Expr, signed: bool) -> Values:
        """The elements of a node as symbols that take their values at run time; Reject where they are no sizes.

        Symbols stand for sizes, which TVM takes to be no less than 0: what may be negative is read with an offset.
        """
        while node in self._sizes.aliases:
            node = self._sizes.aliases[node]
        key = (node, signed)
        if key in self._known:
            return self._known[key]
        type_ = self._sizes.type_of(node)
        if not isinstance(type_, TensorType):
            raise Reject(f"sizes are read from tensors, not from {type_}")
        if not shapes.is_static(type_.shape):
            raise Reject(f"the number of sizes in {type_} is not known")
        count = int(np.prod(shapes.static(type_.shape)))
        if count > arithmetic.LARGEST:
            raise Reject(f"{count} elements are too many sizes")
        owner, self._sizes.symbols.owner = self._sizes.symbols.owner, self._sizes.owners.get(node)
        hint = f"{hint_of(node)}_{'code' if signed else 'at'}"
        made = [self._sizes.symbols.fresh(f"{hint}_{n}") for n in range(count)]
        self._sizes.symbols.owner = owner
        self.reads.setdefault(node, []).append((tuple(made), OFFSET if signed else 0))
        values = arithmetic.array_of([shapes.subtract(var, OFFSET) for var in made] if signed else made)
        self._known[key] = values = values.reshape(shapes.static(type_.shape))
        if signed:
            self._signed.update(made)
        return values
