"""What TVM's Python registers for Relax's operators, and asks of them: their gradients."""

from __future__ import annotations

from typing import Any

from relax_core.ir.expr import Op
from relax_core.passes.op_gradients import primal_gradient, register_gradient
from relay_compat import op_attributes

__all__ = ["attach", "register_gradient", "register_op_attr"]

_GRADIENT = "FPrimalGradient"


def register_op_attr(op_name: str, attr_key: str, value: Any = None, level: int = 10) -> Any:
    """Register a value for an operator under a key; without one a decorator. Gradients of Relax are Relax's affair."""
    if op_name.startswith("relax.") and attr_key == _GRADIENT:
        return register_gradient(op_name, value, level)
    return op_attributes.register_op_attr(op_name, attr_key, value, level)


def _get_attr(self: Op, attr_name: str) -> Any:
    """What is known of the operator under a key; None when nothing is."""
    return primal_gradient(self.name) if attr_name == _GRADIENT else op_attributes.get_op_attr(self.name, attr_name)


def attach() -> None:
    """Give Relax's operators their ``get_attr``."""
    kind: Any = Op
    kind.get_attr = _get_attr
