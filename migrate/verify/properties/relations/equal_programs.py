"""The smallest and another one of the programs that the laws of the cards make of a program: equal to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from migrate.verify.properties.relations.equalities import Symbol, Symbols, has_laws, rules
from migrate.verify.properties.relations.rewrites import main_changed
from migrate.verify.properties.relations.saturation import (
    MOST_OPERANDS,
    Choice,
    Saturated,
    Term,
    saturated,
)
from migrate.verify.uncertain import read
from relay_compat.ir.expr import Call, Constant, Expr, Function, Op, op
from relay_compat.visit import Rewriter, reachable
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.types import TensorType, Type


def smallest(module: IRModule) -> IRModule:
    """Of the programs equal to ``main`` one of the fewest calls."""
    return other(module, 0)


def other(module: IRModule, turn: int) -> IRModule:
    """Of the programs equal to ``main`` some other one on each turn from 1 on, mostly of more calls."""
    terms, graph = equal_terms(module["main"])
    return main_changed(module, lambda function: _Written(terms, graph, turn).rewrite(function))


def equal_terms(function: Any) -> tuple[Terms, Saturated]:
    """What a Relay function with inferred types computes, and all that is equal to it."""
    terms = Terms(function)
    return terms, saturated(terms.terms, rules(terms.symbols))


class Terms:
    """A function as terms: calls of operators with laws, over what else there is."""

    def __init__(self, function: Function) -> None:
        self.symbols = Symbols()
        self.terms: list[Term] = []
        self.places: dict[Node, int] = {}
        self.leaves: dict[int, Node] = {}
        for node in reachable(function):
            symbol = self._symbol(node)
            if symbol is not None:
                assert isinstance(node, Call)
                operands = node.args[: len(self.symbols.all[symbol].takes)]
                self.terms.append((symbol, *map(self._place, operands)))
                self.places[node] = len(self.terms) - 1

    def type_of(self, symbol: int) -> Type | None:
        """The type of the terms with a symbol at the root."""
        if symbol >= 0:
            return self.symbols.all[symbol].gives
        leaf = self.leaves[symbol]
        return getattr(leaf, "checked", None)

    def _place(self, node: Node) -> int:
        if node not in self.places:
            # Below zero, so that no operator has it.
            number = -1 - len(self.leaves)
            self.leaves[number] = node
            self.terms.append((number,))
            self.places[node] = len(self.terms) - 1
        return self.places[node]

    def _symbol(self, node: Node) -> int | None:
        if not isinstance(node, Call) or not isinstance(node.op, Op) or not 1 <= len(node.args) <= MOST_OPERANDS:
            return None
        takes, gives = tuple(arg.checked for arg in node.args), node.checked
        if node.op.card is None or node.op.card.effects or not isinstance(gives, TensorType):
            return None
        tensors = tuple(type_ for type_ in takes if isinstance(type_, TensorType))
        if tensors != takes or not has_laws(*read(node), tensors[0]):
            return None
        if node.op.name == "multiply" and tensors[0] == gives and _is_minus_one(node.args[1]):
            return self.symbols.flip(gives)
        attrs: Any = node.attrs
        given: Mapping[str, Any] = attrs or {}
        return self.symbols.number(Symbol(node.op, repr(sorted(given.items())), tensors, gives), attrs)


def _is_minus_one(node: Node) -> bool:
    return isinstance(node, Constant) and node.data.size == 1 and float(node.data.item()) == -1.0


class _Written(Rewriter):
    """The function with every term replaced by the one that is chosen for it."""

    def __init__(self, terms: Terms, graph: Saturated, turn: int) -> None:
        super().__init__()
        self._read, self._graph, self._turn = terms, graph, turn
        self._made: dict[Choice, Expr] = {}

    def leave(self, old: Node, new: Node) -> Node:
        """The chosen term."""
        place = self._read.places.get(old)
        if place is None or self._read.terms[place][0] < 0:
            return new
        choice = self._graph.chosen(place, self._turn)
        for part, symbol, operands in self._graph.parts(choice, self._made):
            self._made[part] = self._expr(symbol, [self._made[operand] for operand in operands])
        return self._made[choice]

    def _expr(self, number: int, args: list[Expr]) -> Expr:
        if number < 0:
            leaf: Any = self.done[self._read.leaves[number]]
            return leaf
        symbol = self._read.symbols.all[number]
        if symbol.op is None:
            minus = Constant(np.array(-1, dtypes.to_numpy(symbol.gives.dtype)))
            return Call(op("multiply"), (args[0], minus))
        return Call(symbol.op, tuple(args), self._read.symbols.attrs[number])
