"""Expressions that several passes build, and the shape of passes that replace single calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, Op
from relay_compat.ir.types import TensorType
from relay_compat.op.call import call
from relay_compat.visit import Rewriter
from tensor_core import dtypes
from tensor_core.node import Node

Replace = Callable[[Call, Call], Expr]
"""The replacement of a call of an operator, given the call before and after its operands were rewritten."""


class CallRewriter(Rewriter):
    """Replaces calls of operators, operands first; the operator's name chooses the rule."""

    def __init__(self, rules: dict[str, Replace]) -> None:
        super().__init__()
        self._rules = rules

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, Call) and isinstance(old.op, Op) and isinstance(new, Call):
            rule = self._rules.get(old.op.name)
            if rule is not None:
                return rule(old, new)
        return new


def scalar(value: Any, dtype: str) -> Constant:
    """A constant of rank 0."""
    return Constant(np.asarray(value, dtypes.to_numpy(dtype)))


def expand_to_axis(bias: Expr, rank: int, axis: int) -> Expr:
    """A vector with as many axes behind it as a tensor of this rank has behind ``axis``."""
    behind = rank - axis - 1
    return call("expand_dims", bias, axis=1, num_newaxis=behind) if behind > 0 else bias


def tensor_type(expr: Expr) -> TensorType:
    """The inferred type of an expression that is a tensor."""
    return as_tensor(getattr(expr, "checked", None))


def as_tensor(type_: Any) -> TensorType:
    """A type that must be that of a tensor."""
    assert isinstance(type_, TensorType)
    return type_


def is_call_of(expr: Any, *names: str) -> bool:
    """Whether an expression is a call of one of these operators."""
    return isinstance(expr, Call) and isinstance(expr.op, Op) and expr.op.name in names


def scalar_key(expr: Expr) -> object:
    """What stands for a value when operands are compared: scalar constants are the same when their bits are."""
    if isinstance(expr, Constant) and expr.data.ndim == 0:
        return expr.data.dtype.name, expr.data.tobytes()
    return expr


def is_equal_scalar(a: Expr, b: Expr) -> bool:
    """Whether both are the same scalar constant, bit for bit and of one element type."""
    scalars = all(isinstance(item, Constant) and item.data.ndim == 0 for item in (a, b))
    return scalars and scalar_key(a) == scalar_key(b)
