"""Parameters bound by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from relay_compat.ir.expr import Constant, Expr, Function, Var
from relay_compat.ir.make import bind
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ndarray import ndarray


def bind_params_by_name(func: Any, params: Mapping[str, Any]) -> Function:
    """The function with the parameters of these names replaced by constants; names that it does not have are left out.

    R2R0109 when two parameters have one of the names.
    """
    function = cast(Function, func)
    found: dict[Var, Expr] = {}
    named: set[str] = set()
    for param in function.params:
        if param.name in params:
            if param.name in named:
                raise fail(codes.DUPLICATE_NAME, f"Multiple args in the function have name {param.name}", param.span)
            named.add(param.name)
            value = params[param.name]
            found[param] = value if isinstance(value, Constant) else Constant(ndarray(value))
    return bind(function, found) if found else function
