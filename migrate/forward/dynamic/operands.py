"""The operands of a call whose result depends on their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import relay_compat.ir.expr as relay
from migrate.forward.dynamic import arithmetic, guards
from migrate.forward.dynamic.arithmetic import Values
from tensor_core.ops.card import Reject
from tensor_core.shapes import Dim
from tensor_core.types import Type

if TYPE_CHECKING:
    from migrate.forward.dynamic.solve import Sizes


class Operands:
    """The operands of a call, as the rules of twins see them."""

    def __init__(self, sizes: Sizes, call: relay.Call) -> None:
        self._sizes = sizes
        self._call = call
        self.types: Sequence[Type] = [sizes.type_of(arg) for arg in call.args]

    def known(self, place: int) -> Values | None:
        """The elements of one operand where they follow from sizes."""
        found = self._sizes.value_of(self._call.args[place])
        if isinstance(found, tuple):
            raise Reject("sizes are elements of a tensor, not of a tuple")
        return found

    def values(self, place: int, signed: bool = False) -> Values:
        """The elements of one, read at run time where they are not known; Reject where they cannot be read.

        ``signed``: they may be negative, down to -64.
        """
        found = self.known(place)
        return found if found is not None else self._sizes.elements.read(self._call.args[place], signed)

    def stated(self, place: int) -> np.ndarray[Any, Any]:
        """The numbers of one operand; Reject where the program computes them."""
        found = self._sizes.value_of(self._call.args[place])
        if not isinstance(found, np.ndarray) or not arithmetic.is_known(found):
            arg = self._call.args[place]
            if isinstance(arg, relay.Constant):
                return arg.data
            raise Reject("the result depends on the values of an operand, which are read at run time")
        return found

    def is_stated(self, place: int) -> bool:
        """Whether :meth:`stated` has an answer."""
        try:
            self.stated(place)
        except Reject:
            return False
        return True

    def defined(self, dim: Dim, hint: str) -> Dim:
        """A dimension as it is used: a choice gets a symbol of its own, which the run defines."""
        return self._sizes.defined(self._call, dim, hint)

    def collapses(self, dim: Dim, whole: Dim) -> None:
        """The run checks that a dimension is 1 or the other one."""
        self._sizes.guard(self._call, guards.broadcastable(dim, whole, (dim,)))

    def fresh(self, hint: str) -> Dim:
        """A symbol for a size that only the run tells."""
        return self._sizes.symbols.fresh(hint)

    def is_read(self, dim: Dim) -> bool:
        """Whether an element is read at run time, so that it may be negative."""
        return self._sizes.elements.is_read(dim)
