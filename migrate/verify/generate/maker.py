"""Draws one small well-typed Relay program with inputs.

The type comes first: an expression is drawn for a wanted type from the operators that can give it, operands by the
inverse of the shape rule (:mod:`~migrate.verify.generate.productions`). So nothing is ever rejected. The plainest
choice comes first everywhere, which is where shrinking ends.

A pass that looks for constants would find few in programs drawn evenly. So most programs are built around a *skeleton*:
a call on constants below one on parameters, one such call used twice, a projection of a tuple of constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from migrate.values import Array
from migrate.verify.generate.choices import Choices
from migrate.verify.generate.inverses import EVERY, NUMBERS
from migrate.verify.generate.literals import array_of
from migrate.verify.generate.productions import Production
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Expr, If, Let, TupleGetItem, Var
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType


class Maker:
    """Draws one program. ``budget``: how many more calls it may hold; ``scope``: what can be used once more."""

    def __init__(self, choices: Choices, size: int, table: Sequence[Production]) -> None:
        self.choices = choices
        self.choose = choices.choose
        self.budget = size
        self.table = table
        self.params: list[Var] = []
        self.args: list[Array] = []
        self.scope: list[Expr] = []
        self.constants: list[Expr] = []
        self.build = RelayFragment()

    def wanted_type(self) -> TensorType:
        """A type for the result: up to three dimensions of one to three elements."""
        shape = self.choose(((2,), (), (2, 3), (3,), (1,), (2, 2), (3, 1), (1, 2, 3), (2, 1, 2)))
        return TensorType(shape, self.choose((*NUMBERS, "bool")))

    def skeleton(self, type_: TensorType) -> Expr:
        """The whole body."""
        return self.choose((self._below, self._twice, self._projected, self._branch, self._free))(type_)

    def _free(self, type_: TensorType) -> Expr:
        return self.expr(type_, 4, constant=False)

    def _below(self, type_: TensorType) -> Expr:
        folded = self._folded(type_)
        return self._over(type_, (folded, self.expr(type_, 2, constant=False)))

    def _twice(self, type_: TensorType) -> Expr:
        folded = self._folded(type_)
        inner = self._over(type_, (folded, self.expr(type_, 2, constant=False)))
        return self._over(type_, (inner, folded))

    def _projected(self, type_: TensorType) -> Expr:
        fields = (self._folded(type_), self.leaf(type_, constant=True))
        item = TupleGetItem(self.build.tuple(*self.choose((fields, fields[::-1]))), self.choose((0, 1)))
        item.memo("checked", type_)
        return self._over(type_, (self.expr(type_, 2, constant=False), item))

    def _branch(self, type_: TensorType) -> Expr:
        condition = self.expr(TensorType((), "bool"), 2, constant=False)
        folded = self._folded(type_)
        arms = (self._over(type_, (folded, self.expr(type_, 1, constant=False))), self.expr(type_, 2, constant=False))
        made = If(condition, *self.choose((arms, arms[::-1])))
        made.memo("checked", type_)
        return made

    def _folded(self, type_: TensorType) -> Expr:
        """A call on constants."""
        if self.choose((False, True)):
            return self.call(type_, 2, constant=True)
        self.budget -= 1
        made = self._over(type_, (self.leaf(type_, constant=True), self.expr(type_, 1, constant=True)))
        self._remember(made, constant=True)
        return made

    def _over(self, type_: TensorType, operands: tuple[Expr, Expr]) -> Expr:
        # The order of operands matters to subtract: a pass that mixes them up shows.
        names = ("logical_xor", "logical_and") if type_.dtype == "bool" else ("subtract", "add", "multiply")
        return self.build.call(self.choose(names), *self.choose((operands, operands[::-1])))

    def expr(self, type_: TensorType, depth: int, *, constant: bool) -> Expr:
        """An expression of a type; made of constants alone if ``constant``."""
        if depth <= 0 or self.budget <= 0:
            return self.leaf(type_, constant=constant)
        kind = self.choose(("leaf", "call", "call", "again", "folded", "call", "let"))
        if kind == "leaf":
            return self.leaf(type_, constant=constant)
        if kind == "again" and (known := self._known(type_, constant)):
            return self.choose(known)
        if kind == "let" and not constant:
            return self._let(type_, depth)
        return self.call(type_, depth, constant=constant or kind == "folded")

    def call(self, type_: TensorType, depth: int, *, constant: bool) -> Expr:
        """A call of some operator that can give the type."""
        self.budget -= 1
        production: Production = self.choose([row for row in self.table if row.reaches(type_)])
        plan = production.inverse(type_, self.choose)
        operands: list[Any] = []
        for wanted, domain in zip(plan.operands, production.domains(), strict=True):
            if isinstance(wanted, tuple):
                operands.append(tuple(self._operand(each, domain, depth - 1, constant) for each in wanted))
            else:
                operands.append(self._operand(wanted, domain, depth - 1, constant))
        made: Expr = self.build.call(production.card, *operands, **plan.params)
        if plan.item is not None:
            made = self.build.item(made, plan.item)
        self._remember(made, constant)
        return made

    def leaf(self, type_: TensorType, *, constant: bool, domain: Domain | None = None) -> Expr:
        """A constant, a parameter, or (the type's values anywhere) something there already."""
        known = [] if domain else self._known(type_, constant)
        if known and self.choose((False, True)):
            return self.choose(known)
        if constant or self.choose((False, False, True)):
            made: Expr = self.build.constant(array_of(type_, self.choices, domain), type_.dtype)
            self._remember(made, constant=True)
            return made
        return self._parameter(type_, domain)

    def _parameter(self, type_: TensorType, domain: Domain | None) -> Expr:
        made = Var(f"p{len(self.params)}", type_)
        made.memo("checked", type_)
        self.params.append(made)
        self.args.append(array_of(type_, self.choices, domain))
        if domain is None:
            self._remember(made, constant=False)
        return made

    def _operand(self, type_: TensorType, domain: Domain | None, depth: int, constant: bool) -> Expr:
        if domain is None:
            return self.expr(type_, depth, constant=constant)
        # Where an operator asks for certain values, they are drawn so, or clipped into its domain.
        if type_.dtype == "bool" or depth <= 0 or self.choose((True, False)):
            return self.leaf(type_, constant=constant, domain=domain)
        low, high = domain.low, domain.high
        if dtypes.is_int(type_.dtype):
            low, high = float(np.ceil(low)), float(np.floor(high))
        return self.build.call("clip", self.expr(type_, depth, constant=constant), a_min=low, a_max=high)

    def _let(self, type_: TensorType, depth: int) -> Expr:
        bound = TensorType(self.choose(((2,), (), type_.shape)), self.choose(EVERY))
        value = self.expr(bound, depth - 1, constant=self.choose((False, True)))
        var = Var(f"v{self.budget}_{len(self.scope)}")
        var.memo("checked", bound)
        outside = len(self.scope), len(self.constants)
        self.scope.append(var)
        body = self.expr(type_, depth - 1, constant=False)
        # What was made inside may speak of the variable.
        del self.scope[outside[0] :], self.constants[outside[1] :]
        made = Let(var, value, body)
        made.memo("checked", type_)
        return made

    def _known(self, type_: TensorType, constant: bool) -> list[Expr]:
        known = self.constants if constant else self.scope
        return [expr for expr in known if self.build.type_of(expr) == type_]

    def _remember(self, made: Expr, constant: bool) -> None:
        self.scope.append(made)
        if constant:
            self.constants.append(made)
