"""Constants: small ones stay in the program text, large ones become parameters whose arrays travel with the module."""

from __future__ import annotations

import numpy as np

import relax_core.ir.expr as relax
from relax_core.types.plain import of_array
from tensor_core.module import IRModule
from tensor_core.types import tensor_type_of

INLINE_LIMIT = 64
"""Elements up to which a constant is written into the script."""


class Constants:
    """The constants of one function; equal arrays of one Relay node become one parameter."""

    def __init__(self, module: IRModule, may_lift: bool, taken: set[str]) -> None:
        self._module = module
        self._may_lift = may_lift
        self._taken = taken
        self.lifted: dict[relax.Var, np.ndarray] = {}

    def convert(self, data: np.ndarray) -> relax.Expr:
        """The Relax expression for an array."""
        if data.size <= INLINE_LIMIT or not self._may_lift:
            return relax.Constant(data)
        number = len(self.lifted)
        while f"const_{number}" in self._taken:
            number += 1
        self._taken.add(f"const_{number}")
        var = relax.Var(f"const_{number}", of_array(tensor_type_of(data)))
        self.lifted[var] = data
        self._module.params[var.name] = data
        return var
