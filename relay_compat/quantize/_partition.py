"""Where a program is cut into quantized sections (tvm.relay.quantize._partition in TVM 0.19).

Rules, one for each operator (``FQPartitionRewrite``), get a call, its new arguments and None; an argument at which a
section may end is a :class:`QPartitionExpr`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relay_compat.analysis import check_constant
from relay_compat.ir.expr import Call, Expr
from relay_compat.ir.temporary import TempExpr
from relay_compat.op.call import call
from relay_compat.op_attributes import declare, register_op_attr
from relay_compat.quantize._annotate import forwarded
from relay_compat.quantize.config import current_qconfig
from tensor_core.node import node

KEY = "FQPartitionRewrite"
Rule = Callable[[Call, Sequence[Any], Any], "Expr | None"]


@node
class QPartitionExpr(TempExpr):
    """A value at which a section ends where something else uses it."""

    expr: Expr

    def realize(self) -> Expr:
        """The value with the end of a section behind it."""
        hint = call("annotation.cast_hint", self.expr, dtype=current_qconfig().dtype_input)
        return call("annotation.stop_fusion", hint)


def register_partition_function(op_name: str, frewrite: Rule | None = None, level: int = 10) -> Any:
    """Register a rule; without one, the decorator that does."""
    return register_op_attr(op_name, KEY, frewrite, level)


def _value(arg: Any) -> Expr:
    return arg.expr if isinstance(arg, QPartitionExpr) else arg


def _ended(arg: Any) -> Expr:
    return arg.realize() if isinstance(arg, QPartitionExpr) else arg


def _conv2d(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    del context
    return QPartitionExpr(forwarded(old, (_ended(args[0]), _value(args[1]))))


def _same(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    del context
    return QPartitionExpr(forwarded(old, (_value(args[0]),))) if isinstance(args[0], QPartitionExpr) else None


def _add(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    """Sums of two sections, of one with a constant, and of one with anything else, which ends the section."""
    del context
    left, right = (isinstance(arg, QPartitionExpr) for arg in args)
    if left and right:
        return QPartitionExpr(forwarded(old, tuple(map(_ended, args))))
    if left and check_constant(args[1]):
        return QPartitionExpr(forwarded(old, tuple(map(_value, args))))
    return forwarded(old, tuple(map(_ended, args))) if left or right else None


def _multiply(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    """Products begin a section, whose first operand that ends one does."""
    del context
    left, right = (isinstance(arg, QPartitionExpr) for arg in args)
    if left:
        return QPartitionExpr(forwarded(old, (_ended(args[0]), _value(args[1]))))
    return QPartitionExpr(forwarded(old, tuple(map(_ended, args)))) if right else None


def _global_avg_pool2d(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    del context
    return forwarded(old, (QPartitionExpr(_value(args[0])).realize(),))


_RULES: dict[str, Rule] = {
    "nn.conv2d": _conv2d,
    "clip": _same,
    "nn.relu": _same,
    "nn.max_pool2d": _same,
    "add": _add,
    "multiply": _multiply,
    "nn.global_avg_pool2d": _global_avg_pool2d,
}

declare(KEY, _RULES.get)
