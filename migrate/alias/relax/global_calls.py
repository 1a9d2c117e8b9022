"""Calls of a module's functions by their global variable, ``gv(x, y)``, as TVM's Python has them."""

from __future__ import annotations

from typing import Any

from relax_core.ir.operators import ExprOperators
from tensor_core.module import GlobalVar

__all__ = ["attach"]


def attach() -> None:
    """Make global variables callable as other expressions of Relax are; Relay's are by themselves."""
    kind: Any = GlobalVar
    kind.__call__ = ExprOperators.__call__
