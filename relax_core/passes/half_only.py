"""Which variables of a function are only used where float16 is wanted (the backward walk of ToMixedPrecision)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowBlock,
    Expr,
    Function,
    If,
    MatchCast,
    Op,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.types.deduce import type_of
from relax_core.visit import variables

Level = int | tuple["Level", ...]
"""The bits that the uses of a value ask for, field by field: none yet, those of float16, or those it has."""

UNKNOWN, HALF, FULL = 0, 16, 32


def is_nested_tensor(type_: Type | None) -> bool:
    """Whether a value is a tensor, or a tuple of such values."""
    if isinstance(type_, TupleType):
        return all(map(is_nested_tensor, type_.fields))
    return isinstance(type_, TensorType)


def half_only(function: Function, wants_half: Callable[[Op], bool]) -> dict[Var, Level]:
    """What the uses of every variable ask for, in the dataflow blocks of a function's own body.

    ``wants_half``: whether an operator computes in float16 in any case.
    """
    found: dict[Var, Level] = {}
    body = function.body
    if not isinstance(body, SeqExpr):
        return found
    walk = _Walk(found, wants_half)
    walk.leaf(body.body)
    for block in reversed(body.blocks):
        if isinstance(block, DataflowBlock):
            for binding in reversed(block.bindings):
                walk.binding(binding)
    return found


class _Walk:
    def __init__(self, found: dict[Var, Level], wants_half: Callable[[Op], bool]) -> None:
        self._found = found
        self._wants_half = wants_half

    def binding(self, binding: Binding) -> None:
        """What a right-hand side asks of the variables in it."""
        value = binding.value
        if isinstance(binding, MatchCast) or not isinstance(binding, VarBinding):
            self.leaf(value)
        elif isinstance(value, Call) and isinstance(value.op, Op):
            level = HALF if self._wants_half(value.op) else FULL
            for arg in value.args:
                if is_nested_tensor(type_of(arg)):
                    self._require(arg, spread(type_of(arg), level))
        elif isinstance(value, Tuple):
            self._require(value, self._tracked(binding.var))
        elif isinstance(value, TupleGetItem):
            type_ = type_of(value.tuple_value)
            assert isinstance(type_, TupleType)
            fields = [spread(field, UNKNOWN) for field in type_.fields]
            fields[value.index] = self._tracked(binding.var)
            self._require(value.tuple_value, tuple(fields))
        elif not isinstance(value, (If, Function)):
            self.leaf(value)

    def leaf(self, expr: Expr) -> None:
        """Variables that are used as they are."""
        for var in variables(expr):
            if is_nested_tensor(type_of(var)):
                self._merge(var, spread(type_of(var), FULL))

    def _tracked(self, var: Var) -> Level:
        return self._found.setdefault(var, spread(type_of(var), UNKNOWN))

    def _require(self, expr: Expr, level: Level) -> None:
        stack: list[tuple[Expr, Level]] = [(expr, level)]
        while stack:
            item, wanted = stack.pop()
            if isinstance(item, Var):
                self._merge(item, wanted)
            elif isinstance(item, Tuple):
                stack += zip(item.fields, _fields(wanted, len(item.fields)), strict=True)

    def _merge(self, var: Var, level: Level) -> None:
        known = self._found.get(var)
        self._found[var] = level if known is None else _most(known, level)


def spread(type_: Type | None, level: int) -> Level:
    """One level for every field of a value."""
    if isinstance(type_, TupleType):
        return tuple([spread(field, level) for field in type_.fields])
    return level


def _fields(level: Level, count: int) -> Sequence[Level]:
    return level if isinstance(level, tuple) else (level,) * count


def _most(a: Level, b: Level) -> Level:
    if isinstance(a, tuple) or isinstance(b, tuple):
        count = len(a) if isinstance(a, tuple) else len(b) if isinstance(b, tuple) else 0
        return tuple([_most(x, y) for x, y in zip(_fields(a, count), _fields(b, count), strict=True)])
    return max(a, b)
