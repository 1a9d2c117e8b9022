"""Something that is computed on the way becomes the result; fields of the result are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.verify.generate.program import Program
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relay.program import main_of, with_main
from migrate.verify.reduce.relay.replacing import Replacement, replaced
from relay_compat.ir.adt import Clause, Pattern
from relay_compat.ir.expr import Expr, Function, GlobalVar, Let, Op, RelayExpr, Tuple, Var
from relay_compat.ir.types import FuncType
from relay_compat.visit import reachable
from tensor_core.node import Node


def _spine(program: Program) -> list[Let]:
    """The lets that main's body begins with."""
    found: list[Let] = []
    at = main_of(program).body
    while isinstance(at, Let):
        found.append(at)
        at = at.body
    return found


def _ends(program: Program) -> list[Replacement]:
    """After which let to end, the earliest first."""
    return [Replacement(let.body, let.var) for let in _spine(program) if let.body is not let.var]


def _tail(program: Program) -> tuple[Expr, Node | None]:
    lets = _spine(program)
    return (lets[-1].body, lets[-1]) if lets else (main_of(program).body, None)


def _results(program: Program) -> list[Expr]:
    """What the result is computed from, operands first; what stands inside of functions is left out."""
    root, _ = _tail(program)
    kept = (Op, GlobalVar, Clause, Pattern, Function)
    return [
        node
        for node in reachable(root)
        if isinstance(node, RelayExpr)
        and not isinstance(node, (*kept, Var))
        and node is not root
        and not isinstance(node.checked, FuncType)
    ]


def _with_result(program: Program, edits: Sequence[Any]) -> Program:
    (new,) = edits
    root, let = _tail(program)
    if let is None:
        return with_main(program, main_of(program).params, new, program.args)
    return replaced(program, [Replacement(root, new)])


def _fields(program: Program) -> list[int]:
    root, _ = _tail(program)
    return list(range(len(root.fields))) if isinstance(root, Tuple) and len(root.fields) > 1 else []


def _without_fields(program: Program, edits: Sequence[Any]) -> Program | None:
    root, _ = _tail(program)
    assert isinstance(root, Tuple)
    kept = [field for number, field in enumerate(root.fields) if number not in edits]
    if not kept:
        return None
    return _with_result(program, [kept[0] if len(kept) == 1 else Tuple(tuple(kept))])


def _last_of_ends(program: Program, edits: Sequence[Any]) -> Program:
    return replaced(program, edits)


ENDS = Kind("end", _ends, _last_of_ends, together=False, ordered=True)
RESULTS = Kind("result", _results, _with_result, together=False, ordered=True)
FIELDS = Kind("fields", _fields, _without_fields)
KINDS = (ENDS, RESULTS, FIELDS)
