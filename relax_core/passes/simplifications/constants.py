"""Operators on constants and on tensors of one value."""

from __future__ import annotations

from typing import Any

import numpy as np

from relax_core.dpl import is_const, is_op, wildcard
from relax_core.dpl.rewriters import Matched
from relax_core.ir.expr import Call, Constant, Expr
from relax_core.passes.simplifications.rule import (
    Made,
    Rule,
    Say,
    dtype_of,
    number,
    one_value,
    typed_like,
)
from relax_core.types.deduce import type_of
from relax_core.visit import op_name
from tensor_core import reference
from tensor_core.ops.card import Pattern
from tensor_core.ops.registry import registry


def identity(say: Say) -> Made:
    """Adding or subtracting zeros, multiplying with or dividing by ones goes."""
    del say
    data, constant = wildcard(), is_const()
    zeros = is_op("relax.zeros")(wildcard()) | constant
    ones = is_op("relax.ones")(wildcard()) | constant
    add, subtract, multiply, divide = (is_op(f"relax.{name}") for name in ("add", "subtract", "multiply", "divide"))

    def replace(expr: Expr, found: Matched) -> Expr:
        wanted = 0 if op_name(expr) in ("relax.add", "relax.subtract") else 1
        if constant in found and one_value(found[constant]) != wanted:
            return expr
        return found[data] if typed_like(found[data], expr) else expr

    return add(data, zeros) | subtract(data, zeros) | multiply(data, ones) | divide(data, ones), replace


def full_elementwise(say: Say) -> Made:
    """A tensor of one value beside another tensor of the result's type becomes that value."""
    del say
    value, other, operator = is_const(), wildcard(), wildcard()
    ones, zeros = is_op("relax.ones")(wildcard()), is_op("relax.zeros")(wildcard())
    full = is_op("relax.full")(wildcard(), value)
    first, second = full | ones | zeros, full | ones | zeros

    def replace(expr: Expr, found: Matched) -> Expr:
        if not isinstance(expr, Call) or not _is_broadcast(expr) or not typed_like(found[other], expr):
            return expr
        held = one_value(found[value]) if value in found else int(ones in found)
        dtype = dtype_of(found[first if first in found else second])
        if held is None or not dtype:
            return expr
        small = number(held, dtype)
        args = (small, found[other]) if first in found else (found[other], small)
        return Call(expr.op, args, expr.attrs, expr.ty_args)

    return operator(first, other) | operator(other, second), replace


def switch_add_multiply(say: Say) -> Made:
    """A sum with a constant times a constant becomes a product plus a constant."""
    data, term, factor = wildcard(), is_const(), is_const()

    def replace(expr: Expr, found: Matched) -> Expr:
        folded = _folded("multiply", found[term], found[factor])
        if isinstance(found[data], Constant) or folded is None:
            return expr
        return say("add", say("multiply", found[data], found[factor]), folded)

    return is_op("relax.multiply")(is_op("relax.add")(data, term), factor), replace


def _adjacent(name: str) -> Rule:
    def make(say: Say) -> Made:
        data, first, second = wildcard(), is_const(), is_const()
        operator = is_op(f"relax.{name}")

        def replace(expr: Expr, found: Matched) -> Expr:
            folded = _folded(name, found[first], found[second])
            if isinstance(found[data], Constant) or folded is None or op_name(expr) != f"relax.{name}":
                return expr
            return say(name, found[data], folded)

        return operator(operator(data, first), second), replace

    return Rule(f"adjacent_{name}", make)


def _dequantized(name: str) -> Rule:
    def make(say: Say) -> Made:
        del say
        data, scale = wildcard(), is_const()

        def replace(expr: Expr, found: Matched) -> Expr:
            # A scale that is negative turns the order round, and one for each channel may mix it up.
            known = one_value(found[scale])
            if known is None or not known > 0 or not isinstance(expr, Call):
                return expr
            return Call(expr.op, (found[data],), expr.attrs, expr.ty_args)

        return is_op(f"relax.{name}")(is_op("relax.dequantize")(data, scale, wildcard())), replace

    return Rule(f"dequantized_{name}", make)


def _folded(name: str, left: Expr, right: Expr) -> Constant | None:
    """The operator on two constants; None where one of them is none or their element types differ."""
    if not isinstance(left, Constant) or not isinstance(right, Constant) or left.data.dtype != right.data.dtype:
        return None
    card = registry().by_name[name]
    made = Constant(np.asarray(reference.evaluate(card, card.params(), (left.data, right.data))))
    type_of(made)
    return made


def _is_broadcast(call: Call) -> bool:
    card: Any = getattr(call.op, "card", None)
    # The second operand of prelu stands along one axis and is a vector, of whatever size.
    return card is not None and card.pattern is Pattern.BROADCAST and card.name != "nn.prelu"


RULES = (
    Rule("identity", identity),
    Rule("full_elementwise", full_elementwise),
    Rule("switch_add_multiply", switch_add_multiply),
    _adjacent("add"),
    _adjacent("multiply"),
    _dequantized("argmax"),
    _dequantized("argmin"),
    _dequantized("argsort"),
)
