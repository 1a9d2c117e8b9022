"""Constants: small ones stay in the program text, large ones become parameters whose arrays travel with the module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.forward.names import legal
from migrate.report.model import Report
from relax_core.types.plain import of_array
from tensor_core.module import IRModule
from tensor_core.types import tensor_type_of


class Constants:
    """The large constants of a module: each has one name, whichever functions take it.

    ``needed``: what functions get from their callers. ``taken``: names of the parameters of all functions, as arrays
    belong to the module by name. ``named``: names for arrays, by their id.
    """

    def __init__(
        self,
        module: IRModule,
        needed: Mapping[relay.Function, tuple[relay.Constant, ...]],
        taken: Container[str],
        report: Report,
        named: Mapping[int, str] | None = None,
    ) -> None:
        self._module = module
        self._needed = needed
        self._taken = taken
        self._report = report
        self._named = named or {}
        self._names: dict[relay.Constant, str] = {}
        self._users: Counter[str] = Counter()
        self.arrays: dict[relax.Var, np.ndarray[Any, Any]] = {}
        """What parameters for constants stand for."""

    def of(self, function: relay.Function) -> tuple[relay.Constant, ...]:
        """What a function that others call gets from them."""
        return self._needed.get(function, ())

    def variable(self, constant: relay.Constant) -> relax.Var:
        """A parameter for the constant; its array is kept with the module."""
        name = self._names.get(constant)
        if name is None:
            self._names[constant] = name = self._new(self._named.get(id(constant.data), ""))
        var = relax.Var(name, of_array(tensor_type_of(constant.data)))
        self._module.params[name] = constant.data
        self._report.lifted[name] = str(var.ty)
        self._users[name] += 1
        self.arrays[var] = constant.data
        return var

    def drop(self, var: relax.Var) -> None:
        """Take back a parameter that its function does not use, as what it holds became part of other constants."""
        self._users[var.name] -= 1
        if not self._users[var.name]:
            del self._module.params[var.name], self._report.lifted[var.name]

    def _new(self, hint: str) -> str:
        hint = legal(hint) if hint else ""
        if hint and hint not in self._taken and hint not in self._module.params:
            return hint
        number = len(self._names)
        while (name := f"const_{number}") in self._taken or name in self._module.params:
            number += 1
        return name
