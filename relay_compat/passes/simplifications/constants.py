"""Operators on constants and on tensors of one value."""

from __future__ import annotations

from typing import Any

from relay_compat.dataflow_pattern import DFPattern, is_constant, is_op, wildcard
from relay_compat.ir.expr import Call, Constant, Expr, Op
from relay_compat.op.call import call
from relay_compat.passes.building import scalar
from relay_compat.passes.fold_constant import folded
from relay_compat.passes.simplifications.rule import NodeMap, Rule, as_call, dtype_of
from tensor_core.ops.card import Pattern


def _other_is_first(post: Expr, other: Expr) -> bool:
    """Whether the operand that stays is the first one."""
    return as_call(post).args[1] is not other


def _keeps_type(pre: Expr, first: bool) -> bool:
    """Whether the operand that stays has the type of the result."""
    return getattr(as_call(pre).args[0 if first else 1], "checked", None) == as_call(pre).checked


class Identity(Rule):
    """Adding or subtracting zeros, multiplying with or dividing by ones goes."""

    def __init__(self) -> None:
        self._data, self._constant = wildcard(), is_constant()
        zeros = is_op("zeros")() | is_op("zeros_like")(wildcard()) | self._constant
        ones = is_op("ones")() | is_op("ones_like")(wildcard()) | self._constant
        pattern: DFPattern = is_op("add")(self._data, zeros) | is_op("multiply")(self._data, ones)
        super().__init__(pattern | is_op("subtract")(self._data, zeros) | is_op("divide")(self._data, ones))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The other operand, if the result is of its type."""
        data = node_map[self._data][0]
        if self._constant in node_map:
            name = getattr(as_call(pre).op, "name", "")
            if not _is_number(node_map[self._constant][0], 0 if name in ("add", "subtract") else 1):
                return post
        return data if _keeps_type(pre, _other_is_first(post, data)) else post


_TAKE_VECTORS = ("nn.bias_add", "nn.prelu", "dyn.broadcast_to")


class FullElementwise(Rule):
    """A tensor of one value beside another tensor becomes that value."""

    def __init__(self) -> None:
        self._other, self._value, example = wildcard(), is_constant(), wildcard()
        self._full = is_op("full")(self._value) | is_op("full_like")(example, self._value)
        self._ones = is_op("ones")() | is_op("ones_like")(example)
        self._zeros = is_op("zeros")() | is_op("zeros_like")(example)
        operator = wildcard().has_attr({"TOpPattern": Pattern.BROADCAST.value})
        full = self._full | self._ones | self._zeros
        super().__init__(operator(full, self._other) | operator(self._other, full))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The call with a number, if the result is of the other operand's type."""
        found, other = as_call(pre), node_map[self._other][0]
        first = _other_is_first(post, other)
        # TVM 0.19 makes a call of these with a scalar, which has no type, and fails.
        if not _keeps_type(pre, first) or getattr(found.op, "name", "") in _TAKE_VECTORS:
            return post
        if self._full in node_map:
            value: Expr = node_map[self._value][0]
            if dtype_of(value) != dtype_of(as_call(pre).args[1 if first else 0]):
                # What fills a tensor may be of another element type, which the operator does not take.
                return post
        else:
            value = scalar(1 if self._ones in node_map else 0, dtype_of(pre))
        args = (other, value) if first else (value, other)
        return Call(found.op, args, found.attrs, found.type_args, found.span)


class SwitchAddMultiply(Rule):
    """A sum with a constant times a constant becomes a product plus a constant."""

    def __init__(self) -> None:
        self._data, self._term, self._factor = wildcard(), is_constant(), is_constant()
        super().__init__((self._data + self._term) * self._factor)

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The sum."""
        del pre
        data, term, factor = (node_map[item][0] for item in (self._data, self._term, self._factor))
        if isinstance(data, Constant):
            return post
        return call("add", call("multiply", data, factor), folded(call("multiply", term, factor)))


class Adjacent(Rule):
    """Of two constants that are added, or multiplied with, one is left."""

    def __init__(self) -> None:
        self._data, self._first, self._second = wildcard(), is_constant(), is_constant()
        products = self._data * self._first * self._second
        super().__init__(products | self._data + self._first + self._second)

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """One addition or multiplication."""
        data, first, second = (node_map[item][0] for item in (self._data, self._first, self._second))
        callee = as_call(pre).op
        assert isinstance(callee, Op)
        if isinstance(data, Constant):
            return post
        return call(callee.name, data, folded(call(callee.name, first, second)))


class DequantizedOrder(Rule):
    """What only asks for the order of elements takes them as they were quantized."""

    def __init__(self, name: str) -> None:
        self._data = wildcard()
        super().__init__(is_op(name)(is_op("qnn.dequantize")(self._data, wildcard(), wildcard())))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The operator on the quantized tensor."""
        del post
        found = as_call(pre)
        return Call(found.op, (node_map[self._data][0],), found.attrs)


def _is_number(expr: Any, value: int) -> bool:
    """Whether an expression is a constant of one element, whatever its rank."""
    return isinstance(expr, Constant) and expr.data.size == 1 and bool(expr.data.reshape(()) == value)
