"""Nodes replaced by others, many at once, with parameters that take values seen in a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from migrate.values import Value
from migrate.verify.generate.program import Program
from migrate.verify.reduce.relay.program import MAIN, functions_of, main_of, with_functions
from relay_compat.ir.expr import Expr, Function, GlobalVar, Var
from relay_compat.visit import Rewriter, reachable
from tensor_core.node import Node


class Replacement(NamedTuple):
    """``old`` becomes ``new``; where that is a new variable, it is a parameter of main with this value."""

    old: Node
    new: Expr
    param: Var | None = None
    value: Value = None
    also: tuple[tuple[Node, Expr], ...] = ()


def replaced(program: Program, edits: Sequence[Replacement]) -> Program:
    """The program with the replacements made; of two for one node the first counts. New parameters that nothing uses
    are left out, and what a replaced node alone used goes with it.
    """
    known: dict[Node, Expr] = {}
    for edit in edits:
        if edit.old not in known:
            known[edit.old] = edit.new
            known.update(edit.also)
    return rebuilt(program, known, [(edit.param, edit.value) for edit in edits if edit.param is not None])


def rebuilt(program: Program, known: Mapping[Node, Expr], added: Sequence[tuple[Var, Value]] = ()) -> Program:
    """The program with each node of ``known`` become what it says, which is rewritten in turn."""
    rewriter = _Replacer(known)
    made: dict[GlobalVar, Function] = {}
    for var, function in functions_of(program).items():
        body = rewriter.rewrite(function.body)
        made[var] = function if body is function.body else function.replace(body=body)
    main = next(var for var in made if var.name == MAIN)
    function = made[main]
    used: set[Node] = set(reachable(function.body)) if added else set()
    more = [(var, value) for var, value in added if var in used]
    params = (*function.params, *(var for var, _ in more))
    made[main] = function.replace(params=params, ret_type=None)
    return with_functions(program, made, (*program.args, *(value for _, value in more)))


class _Replacer(Rewriter):
    def __init__(self, known: Mapping[Node, Expr]) -> None:
        super().__init__()
        self._known = known

    def order(self, node: Node) -> Iterator[Node]:
        """What takes the place of a replaced node is visited in its place."""
        new = self._known.get(node)
        return super().order(node) if new is None else iter((new,))

    def leave(self, old: Node, new: Node) -> Node:
        """A replaced node is what its replacement became."""
        other = self._known.get(old)
        return new if other is None else self.done[other]


def free_name(program: Program, number: int) -> str:
    """A name for a new parameter that none of main's parameters has."""
    taken = {param.name for param in main_of(program).params}
    at = len(taken)
    while f"p{at}" in taken:
        at += 1
    return f"p{at + number}"
