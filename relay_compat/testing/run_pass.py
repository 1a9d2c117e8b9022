"""Run a pass on one expression."""

from __future__ import annotations

from relay_compat.ir.expr import Expr, Function
from relay_compat.ir.module import IRModule
from relay_compat.prelude import Prelude
from relay_compat.types.infer import infer_types
from tensor_core.module import BaseFunc
from tensor_core.passes import Pass


def run_opt_pass(expr: Expr, opt_pass: Pass, import_prelude: bool = False) -> Expr:
    """What a pass makes of an expression, after type inference: a function for a function, else the body of one.

    ``import_prelude`` puts the prelude into the module.
    """
    module = IRModule.from_expr(expr)
    if import_prelude:
        Prelude(module)
    return _entry(expr, opt_pass(infer_types(module))["main"])


def run_infer_type(expr: Expr) -> Expr:
    """The expression with its types inferred."""
    return _entry(expr, infer_types(IRModule.from_expr(expr))["main"])


def _entry(expr: Expr, main: BaseFunc) -> Expr:
    assert isinstance(main, Function)
    return main if isinstance(expr, Function) else main.body
