"""Constants: small ones stay in the program text, large ones become parameters whose arrays travel with the module."""

from __future__ import annotations

from collections.abc import Container

import numpy as np

import relax_core.ir.expr as relax
from relax_core.types.plain import of_array
from tensor_core.module import IRModule
from tensor_core.types import tensor_type_of

INLINE_LIMIT = 64
"""Elements up to which a constant is written into the script."""


class Constants:
    """The constants of one function; equal arrays of one Relay node become one parameter.

    ``taken``: names of parameters, of all functions: arrays belong to the module by name.
    """

    def __init__(self, module: IRModule, may_lift: bool, taken: Container[str]) -> None:
        self._module = module
        self._may_lift = may_lift
        self._taken = taken
        self._count = 0
        self.lifted: dict[relax.Var, np.ndarray] = {}

    def convert(self, data: np.ndarray) -> relax.Expr:
        """The Relax expression for an array."""
        if data.size <= INLINE_LIMIT or not self._may_lift:
            return relax.Constant(data)
        while (name := f"const_{self._count}") in self._taken or name in self._module.params:
            self._count += 1
        var = relax.Var(name, of_array(tensor_type_of(data)))
        self.lifted[var] = data
        self._module.params[var.name] = data
        return var
