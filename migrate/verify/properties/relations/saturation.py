"""Equality saturation: all terms that rules make of some, in one graph of classes of equal terms (egglog).

M. Willsey and others, *egg: Fast and extensible equality saturation*, 2021. C. Zhou and others, *PolyJuice*, 2024,
compare what compilers make of the simplest and of a complex one of equal programs.
"""

from __future__ import annotations

import heapq
import importlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from importlib.util import find_spec
from typing import Any

from tensor_core import codes
from tensor_core.diagnostics import fail

Term = tuple[int, ...]
"""The number of a symbol, and the places of its operands in a list of terms."""
Choice = tuple[str, int, int]
"""A class of equal terms, how often another than its smallest one may be taken on any way down, and which."""
MOST_OPERANDS = 3
MOST_OTHERS = 4
"""Times that another term than the smallest one is taken on a way down."""
_ROUNDS = 3
"""Of applying all rules wherever they apply."""
_SHAPES = " ".join(f"(C{n} i64{' E' * n})" for n in range(MOST_OPERANDS + 1))
_TYPES = f"(datatype E {_SHAPES})\n(relation Is (i64 E))"


def is_installed() -> bool:
    """Whether there is what saturates."""
    return find_spec("egglog") is not None


def needed() -> Any:
    """The bindings of egglog. R2R0703 where it is not installed."""
    try:
        return importlib.import_module("egglog.bindings")
    except ImportError as error:
        hint = "pip install 'relay2relax[egraph]'"
        raise fail(codes.BAD_OPTION, "equality saturation needs egglog, which is not installed", hint=hint) from error


def saturated(terms: Sequence[Term], rules: Iterable[str]) -> Saturated:
    """The terms, each after its operands, and all that rules make of them. R2R0703 as :func:`needed`."""
    graph = needed().EGraph()
    graph.run_program(*graph.parse_program("\n".join([_TYPES, *rules, *_said(terms), f"(run {_ROUNDS})"])))
    return Saturated(json.loads(graph.serialize([]).to_json())["nodes"])


def _said(terms: Sequence[Term]) -> Iterator[str]:
    for place, (symbol, *operands) in enumerate(terms):
        over = "".join(f" $t{operand}" for operand in operands)
        yield f"(let $t{place} (C{len(operands)} {symbol}{over}))"
        yield f"(Is {place} $t{place})"


@dataclass(frozen=True, slots=True)
class _Node:
    """A symbol and the classes of its operands."""

    symbol: int
    operands: tuple[str, ...]


class Saturated:
    """Classes of equal terms. ``nodes``: the graph as egglog writes it."""

    def __init__(self, nodes: dict[str, Any]) -> None:
        self._nodes: dict[str, list[_Node]] = defaultdict(list)
        self._of: dict[int, str] = {}
        for node in nodes.values():
            if not node["children"]:
                continue
            number, *operands = node["children"]
            classes = tuple(str(nodes[operand]["eclass"]) for operand in operands)
            if node["op"] == "Is":
                self._of[int(nodes[number]["op"])] = classes[0]
            else:
                self._nodes[node["eclass"]].append(_Node(int(nodes[number]["op"]), classes))

    def classes(self) -> list[list[int]]:
        """The symbols at the roots of the terms of each class."""
        return [[node.symbol for node in nodes] for nodes in self._nodes.values()]

    def chosen(self, place: int, turn: int) -> Choice:
        """Of what is equal to a term the smallest on turn 0, and some other one on each other turn."""
        return self._of[place], MOST_OTHERS if turn else 0, turn

    def parts(self, choice: Choice, done: dict[Choice, Any]) -> Iterator[tuple[Choice, int, tuple[Choice, ...]]]:
        """What a choice is made of, operands first, but for what is ``done``: its symbol and the operands' choices."""
        stack = [choice]
        while stack:
            node, operands = self._made(stack[-1])
            missing = [operand for operand in operands if operand not in done]
            if missing:
                stack += missing
            elif (last := stack.pop()) not in done:
                yield last, node.symbol, operands

    def _made(self, choice: Choice) -> tuple[_Node, tuple[Choice, ...]]:
        class_, others, turn = choice
        node = least = self._smallest[class_]
        rest = [node for node in self._nodes[class_] if node is not least] if others else []
        if rest:
            # The same one in each run, and for each use of what is shared; now and then the smallest.
            drawn = int.from_bytes(blake2b(f"{class_} {others} {turn}".encode(), digest_size=8).digest())
            node = rest[drawn // 4 % len(rest)] if drawn % 4 else least
        left = others if node is least else others - 1
        return node, tuple((operand, left, turn) for operand in node.operands)

    @cached_property
    def _smallest(self) -> dict[str, _Node]:
        """The root of each class's smallest term, smaller ones first (D. Knuth, *A generalization of Dijkstra's
        algorithm*, 1977).
        """
        users: dict[str, list[tuple[str, _Node]]] = defaultdict(list)
        for class_, nodes in self._nodes.items():
            for node in nodes:
                for operand in set(node.operands):
                    users[operand].append((class_, node))
        sizes: dict[str, int] = {}
        found: dict[str, _Node] = {}
        numbers = iter(range(1 << 62))
        heap = [(1, next(numbers), class_, n) for class_, nodes in self._nodes.items() for n in nodes if not n.operands]
        heapq.heapify(heap)
        while heap:
            size, _, class_, node = heapq.heappop(heap)
            if class_ in found:
                continue
            sizes[class_], found[class_] = size, node
            for user, over in users[class_]:
                if user not in found and all(operand in sizes for operand in over.operands):
                    item = 1 + sum(sizes[operand] for operand in over.operands), next(numbers), user, over
                    heapq.heappush(heap, item)
        return found
