"""Short ways to build Relay programs in tests."""

from typing import Any

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, Op, Var, op
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import TensorType, Type
from tensor_core.attrs import Attrs
from tensor_core.ops.spelling import complete
from tensor_core.spans import Span


def var(name: str, *shape: Any, dtype: str = "float32") -> Var:
    """A variable of tensor type; its span's column tells variables apart."""
    return Var(name, TensorType(shape, dtype), span=Span("test", 1, len(name)))


def const(value: Any, dtype: str = "float32") -> Constant:
    return Constant(np.asarray(value, dtype))


def call(callee: str | Expr, *args: Expr, span: Span | None = None, **attrs: Any) -> Call:
    """A call; attributes of an operator are completed by its defaults."""
    if not isinstance(callee, str):
        return Call(callee, args, span=span)
    target: Op = op(callee)
    spelling = target.card.relay if target.card else None
    written = Attrs(spelling.attrs_type, complete(spelling.fields, attrs)) if spelling and spelling.attrs_type else None
    return Call(target, args, written, span=span)


def function(*params: Var, body: Expr, ret: Type | None = None, **more: Any) -> Function:
    return Function(params, body, ret, **more)


def module(body: Expr | Function, *params: Var, **others: Function) -> IRModule:
    """A module with @main, and further functions by name."""
    main = body if isinstance(body, Function) else Function(params, body)
    return IRModule({GlobalVar("main"): main, **{GlobalVar(name): func for name, func in others.items()}})
