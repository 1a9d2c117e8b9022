"""tvm.relay.frontend.common: types of expressions while a program is being built."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule
from relay_compat.types.infer import infer_types

__all__ = ["infer_shape", "infer_type"]


def infer_type(node: Any, mod: IRModule | None = None) -> Any:
    """The expression with its types inferred; ``mod`` defines the functions that it calls."""
    module = IRModule() if mod is None else mod.copy()
    module.update(IRModule.from_expr(node))
    main = infer_types(module)["main"]
    assert isinstance(main, Function)
    return main if isinstance(node, Function) else main.body


def infer_shape(inputs: Any, mod: IRModule | None = None) -> tuple[Any, ...]:
    """The dimensions of the expression."""
    return infer_type(inputs, mod).checked_type.shape
