"""Gradients of tensor programs, for ``call_tir_with_grad``, and AppendLoss (tvm.relax.training.utils, 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relax_core.block_builder import BlockBuilder
from relax_core.ir.expr import Call, Expr, Tuple, Var
from relax_core.passes.gradient_adjoint import GRADIENTS
from relax_core.training.append_loss import AppendLoss
from tensor_core.global_functions import register_func

__all__ = ["AppendLoss", "register_te_gradient"]

_Function = Callable[..., Any]


def register_te_gradient(te_grad_name: str, te_grad_func: _Function | None = None) -> Any:
    """Register a gradient under the name that calls of ``call_tir_with_grad`` state; without one, a decorator.

    It is a function of the adjoint and the arguments as tensors, and of the call's ``te_grad_kwargs``; it gives the
    adjoints of the arguments as tensor expressions.
    """

    def register(func: _Function) -> _Function:
        def gradient(var: Var, call: Call, grad: Var, builder: BlockBuilder) -> Expr:
            del var
            given = call.args[1]
            attrs: Mapping[str, Any] = call.attrs or {}
            fields = given.fields if isinstance(given, Tuple) else (given,)
            options: Mapping[str, Any] = attrs.get("te_grad_kwargs") or {}
            return builder.emit_te(func, grad, *fields, **options, primfunc_name_hint=te_grad_name)

        register_func(GRADIENTS + te_grad_name, gradient, override=True)
        return func

    return register if te_grad_func is None else register(te_grad_func)
