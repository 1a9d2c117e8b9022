"""Constants of programs for passes of users: in the program, as in Relay, for patterns and checks look at them."""

from __future__ import annotations

from typing import Any

import relax_core.ir.expr as relax
from migrate.forward.convert import convert
from relax_core.passes.bind_params import bind_params
from relax_core.text.literals import INLINE_ELEMENTS, reads_back
from tensor_core.module import IRModule


def converted(module: IRModule, target: str) -> IRModule:
    """A Relay module in Relax, its constants in it."""
    return with_constants(convert(module, target).module)


def with_constants(module: IRModule) -> IRModule:
    """A converted module, the parameters that stand for large constants of main bound to their arrays again. Those that
    a text does not say to the bit stay parameters.
    """
    assert isinstance(module, relax.IRModule)
    said: dict[str | relax.Var, Any] = {
        name: array for name, array in module.params.items() if array.size <= INLINE_ELEMENTS and reads_back(array)
    }
    if not said:
        return module
    bound = bind_params(module, "main", said)
    bound.params.clear()
    bound.params.update((name, array) for name, array in module.params.items() if name not in said)
    return bound
