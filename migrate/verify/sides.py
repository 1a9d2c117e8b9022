"""What two sides need before they can be compared: the same parameters."""

from __future__ import annotations

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.execution import parameters
from migrate.forward.bind import with_params_bound
from migrate.forward.survey import Survey
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule


def bound_as(module: IRModule, other: IRModule, entry: str) -> IRModule:
    """A Relay module with its arrays as constants where the other side was converted so (``bind_params``)."""
    function = other[entry]
    if not module.params or not isinstance(function, relax.Function) or not isinstance(module[entry], relay.Function):
        return module
    inputs = (function.attrs or {}).get("num_input", len(function.params))
    if inputs == len(parameters(module, entry)) or any(
        param.name not in other.params for param in function.params[inputs:]
    ):
        return module
    bound, _ = with_params_bound(module, Survey(module).called)
    return infer_types(bound) if len(parameters(bound, entry)) == inputs else module


def check_signature(left: IRModule, right: IRModule, entry: str) -> None:
    """R2R0503 unless the right side takes the left one's parameters, and beyond them only what comes with it."""
    a, b = parameters(left, entry), parameters(right, entry)
    extra = [name for name, _ in b[len(a) :] if name not in right.params]
    if len(b) < len(a) or extra:
        raise fail(
            codes.BAD_INPUTS,
            f"@{entry} takes {len(a)} parameters on the left and {len(b)} on the right",
            hint="give the two sides of one conversion",
        )
