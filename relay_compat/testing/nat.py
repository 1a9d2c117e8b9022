"""Natural numbers as data, for tests of recursion and matching (tvm.relay.testing.nat in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.backend.values import ConstructorValue
from relay_compat.ir.expr import Expr
from relay_compat.prelude import Prelude

__all__ = ["count", "make_nat_expr", "make_nat_value"]


def count(prelude: Prelude, n: Any) -> int:
    """The number that a value of the type ``nat`` stands for."""
    _, zero, succ = prelude.mod.get_type("nat")
    result = 0
    while n.tag != zero.tag:
        assert n.tag == succ.tag
        result, n = result + 1, n.fields[0]
    return result


def make_nat_value(prelude: Prelude, n: int) -> Any:
    """The value of the type ``nat`` that stands for a number."""
    _, zero, succ = prelude.mod.get_type("nat")
    result = ConstructorValue(zero.tag, [], zero)
    for _step in range(n):
        result = ConstructorValue(succ.tag, [result], succ)
    return result


def make_nat_expr(prelude: Prelude, n: int) -> Expr:
    """An expression that makes the value that stands for a number."""
    _, zero, succ = prelude.mod.get_type("nat")
    result = zero()
    for _step in range(n):
        result = succ(result)
    return result
