"""One arm of a branch, one field of a tuple, is enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.verify.generate.program import Program
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relax.bindings import Alias, aliased
from migrate.verify.reduce.relax.program import (
    Anew,
    all_bindings,
    nodes_of,
    remade,
)
from relax_core.ir.expr import (
    DataflowVar,
    If,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relay_compat.visit import reachable


def _branches(program: Program) -> list[tuple[VarBinding, int]]:
    found = [item for item in all_bindings(program) if isinstance(item, VarBinding) and isinstance(item.value, If)]
    return [(binding, arm) for binding in found for arm in (0, 1)]


def _one_arm(program: Program, edits: Sequence[tuple[VarBinding, int]]) -> Program:
    known: dict[Any, Any] = {}
    for binding, arm in edits:
        assert isinstance(binding.value, If)
        known.setdefault(binding.value, (binding.value.true_branch, binding.value.false_branch)[arm])
    return remade(program, Anew(program, known))


def _fields_of_arms(program: Program) -> list[tuple[VarBinding, int]]:
    """Branches that give tuples, of which one field is enough."""
    found = [item for item in all_bindings(program) if isinstance(item, VarBinding) and isinstance(item.value, If)]
    return [(item, field) for item in found for field in range(len(_tuple_of_arm(item.value, True)))]


def _tuple_of_arm(branch: Any, arm: bool) -> tuple[Any, ...]:
    """The fields of the tuple that an arm gives; none where it is not made there."""
    body: SeqExpr = branch.true_branch if arm else branch.false_branch
    result: Any = body.body
    made = {item.var: item.value for block in body.blocks for item in block.bindings}
    while isinstance(result, Var) and result in made:
        result = made[result]
    return result.fields if isinstance(result, Tuple) else ()


def _one_field(program: Program, edits: Sequence[tuple[VarBinding, int]]) -> Program | None:
    ((binding, field),) = edits
    known: dict[Any, Any] = {}
    plain: set[Var] = set()
    for arm in (True, False):
        fields = _tuple_of_arm(binding.value, arm)
        if field >= len(fields):
            return None
        assert isinstance(binding.value, If)
        body = binding.value.true_branch if arm else binding.value.false_branch
        known[body] = body.replace(body=fields[field])
        plain.update(node for node in reachable(fields[field]) if isinstance(node, DataflowVar))
    for node in nodes_of(program):
        if isinstance(node, TupleGetItem) and node.tuple_value is binding.var and node.index == field:
            known[node] = binding.var
    return remade(program, Anew(program, known, plain=plain))


def _projections(program: Program) -> list[Alias]:
    """Fields of tuples that are made here."""
    tuples = {item.var: item.value for item in all_bindings(program) if isinstance(item.value, Tuple)}
    found: list[Alias] = []
    for item in all_bindings(program):
        value = item.value
        if isinstance(value, TupleGetItem):
            source = value.tuple_value if isinstance(value.tuple_value, Tuple) else tuples.get(value.tuple_value)  # pyright: ignore[reportArgumentType]
            if source is not None:
                found.append(Alias(item, source.fields[value.index]))
    return found


ARMS = Kind("arms", _branches, _one_arm)
FIELDS = Kind("fields of arms", _fields_of_arms, _one_field, together=False)
TUPLES = Kind("fields of tuples", _projections, aliased)
