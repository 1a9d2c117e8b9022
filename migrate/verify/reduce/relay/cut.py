"""What is computed becomes a parameter, or a constant, with the value that it had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from migrate.values import is_array
from migrate.verify.generate.program import Program
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relay.program import main_of, nodes_of
from migrate.verify.reduce.relay.replacing import Replacement, free_name, replaced
from migrate.verify.reduce.relay.seen import Seen
from relay_compat.ir.adt import Match
from relay_compat.ir.expr import (
    Call,
    Constant,
    If,
    Let,
    RefRead,
    RelayExpr,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.visit import reachable
from tensor_core.node import Node

_COMPUTED = (Call, If, Let, Match, RefRead, Tuple, TupleGetItem)


def _to_parameters(program: Program) -> list[Replacement]:
    """Users before operands would do too, but from the operands on halves of a program are closed under operands."""
    seen = Seen(program)
    return [edit for node in _main_nodes(program) if (edit := _parameter(seen, node)) is not None]


def _main_nodes(program: Program) -> Iterator[Node]:
    return (node for node in reachable(main_of(program).body) if isinstance(node, _COMPUTED))


def _parameter(seen: Seen, node: Node, old: Node | None = None) -> Replacement | None:
    assert isinstance(node, RelayExpr)
    value = seen.value(node)
    if value is None:
        return None
    var = Var("", node.checked)
    return Replacement(node if old is None else old, var, var, value)


def _apply(program: Program, edits: Sequence[Replacement]) -> Program | None:
    named: list[Replacement] = []
    for number, edit in enumerate(edits):
        if edit.param is None:
            named.append(edit)
            continue
        var = edit.param.replace(name=free_name(program, number))
        also = tuple((node, var) for node, _ in edit.also)
        named.append(edit._replace(new=edit.new if edit.also else var, param=var, also=also))
    return replaced(program, named)


def _lets_to_parameters(program: Program) -> list[Replacement]:
    """A let goes, and its variable is a parameter."""
    seen = Seen(program)
    found: list[Replacement] = []
    for node in reachable(main_of(program).body):
        if isinstance(node, Let):
            edit = _parameter(seen, node.value, node)
            if edit is not None:
                found.append(edit._replace(new=node.body, also=((node.var, edit.new),)))
            else:
                found.append(Replacement(node, node.body))
    return found


def _to_constants(program: Program, again: bool) -> list[Replacement]:
    """Anywhere in the module. ``again``: parameters, too."""
    seen = Seen(program)
    found: list[Replacement] = []
    params = set(main_of(program).params)
    for node in nodes_of(program):
        if isinstance(node, _COMPUTED) or (again and node in params):
            value = seen.value(node)
            if is_array(value):
                found.append(Replacement(node, Constant(value)))
    return found


def _constants_to_parameters(program: Program) -> list[Replacement]:
    found: list[Replacement] = []
    for node in reachable(main_of(program).body):
        if isinstance(node, Constant):
            var = Var("", node.checked)
            found.append(Replacement(node, var, var, node.data))
    return found


def _lets_to_values(program: Program) -> list[Replacement]:
    """A variable's value takes its place; a function that calls itself keeps its name."""
    return [
        Replacement(node, node.body, None, None, ((node.var, node.value),))
        for node in nodes_of(program)
        if isinstance(node, Let) and not _calls_itself(node)
    ]


def _calls_itself(let: Let) -> bool:
    from relay_compat.ir.expr import Function

    return isinstance(let.value, Function) and let.var in reachable(let.value)


LETS = Kind("lets to parameters", _lets_to_parameters, _apply)
PARAMETERS = Kind("values to parameters", _to_parameters, _apply)
CONSTANTS = Kind("values to constants", partial(_to_constants, again=False), _apply)
OF_CONSTANTS = Kind("constants to parameters", _constants_to_parameters, _apply)
INLINE_LETS = Kind("lets", _lets_to_values, replaced)
KINDS: tuple[Kind, ...] = (LETS, PARAMETERS, CONSTANTS, OF_CONSTANTS)
