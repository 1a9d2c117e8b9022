"""Operators that the virtual machine's passes write (tvm.relay.op.vm in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Expr
from relay_compat.op.call import call
from relay_compat.op.wrappers import derived, names

__getattr__ = derived("vm.")


def shape_of(expr: Expr) -> Expr:
    """The shape of a value, as int64."""
    return call("vm.shape_of", expr, dtype="int64")


def reshape_tensor(data: Expr, shape: Expr, newshape: Any) -> Expr:
    """The tensor under a shape computed at run time."""
    return call("vm.reshape_tensor", data, shape, newshape=newshape)


def invoke_tvm_op(func: Expr, inputs: Expr, outputs: Expr) -> Expr:
    """A call of a compiled function on tuples of inputs and of outputs to write to."""
    return call("vm.invoke_tvm_op", func, inputs, outputs)


def __dir__() -> list[str]:
    return sorted({*globals(), *names("vm.")})
