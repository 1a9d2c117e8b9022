"""Functions, parameters, arms and data types that can go, and calls that can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.verify.generate.program import Program
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relay.program import (
    MAIN,
    functions_of,
    main_of,
    nodes_of,
    with_definitions,
    with_functions,
    with_main,
)
from migrate.verify.reduce.relay.replacing import Replacement, rebuilt, replaced
from relay_compat.ir.adt import Match
from relay_compat.ir.expr import Call, Function, GlobalVar, Let
from relay_compat.visit import copied, reachable
from tensor_core.node import Node


def _others(program: Program) -> list[GlobalVar]:
    return [var for var in functions_of(program) if var.name != MAIN]


def _without_functions(program: Program, edits: Sequence[Any]) -> Program | None:
    kept = {var: function for var, function in functions_of(program).items() if var not in edits}
    used = {node for node in reachable(*kept.values()) if isinstance(node, GlobalVar)}
    return None if used & set(edits) else with_functions(program, kept, program.args)


def _without_definitions(program: Program, edits: Sequence[Any]) -> Program:
    kept = {header: data for header, data in program.module.type_definitions.items() if header not in edits}
    return with_definitions(program, kept)


def _unused(program: Program) -> list[int]:
    used = set(reachable(main_of(program).body))
    return [number for number, param in enumerate(main_of(program).params) if param not in used]


def _without_params(program: Program, edits: Sequence[Any]) -> Program:
    gone, main = set(edits), main_of(program)
    params = [param for number, param in enumerate(main.params) if number not in gone]
    args = [arg for number, arg in enumerate(program.args) if number not in gone]
    return with_main(program, params, main.body, args)


def _calls(program: Program) -> list[Replacement]:
    """Calls of functions that are known and do not call themselves."""
    functions: dict[Node, Function] = dict(functions_of(program).items())
    nodes = nodes_of(program)
    for node in nodes:
        if isinstance(node, Let) and isinstance(node.value, Function):
            functions[node.var] = node.value
    endless = {var for var, function in functions.items() if var in reachable(function)}
    found: list[Replacement] = []
    for node in nodes:
        if not isinstance(node, Call) or node.op in endless:
            continue
        callee = node.op if isinstance(node.op, Function) else functions.get(node.op)
        if callee is not None and len(callee.params) == len(node.args) and not callee.type_params:
            found.append(Replacement(node, callee))
    return found


def _opened(program: Program, edits: Sequence[Replacement]) -> Program:
    """Each call becomes the body of the function, on new nodes, with the arguments in the place of parameters."""
    made: list[Replacement] = []
    for edit in edits:
        call, callee = edit.old, edit.new
        assert isinstance(call, Call)
        assert isinstance(callee, Function)
        made.append(Replacement(call, copied(callee.body, dict(zip(callee.params, call.args, strict=True)))))
    return replaced(program, made)


def _clauses(program: Program) -> list[tuple[Match, int]]:
    return [
        (node, number)
        for node in nodes_of(program)
        if isinstance(node, Match) and len(node.clauses) > 1
        for number in range(len(node.clauses))
    ]


def _without_clauses(program: Program, edits: Sequence[tuple[Match, int]]) -> Program | None:
    gone: dict[Match, set[int]] = {}
    for match, number in edits:
        gone.setdefault(match, set()).add(number)
    known: dict[Node, Any] = {}
    for match, numbers in gone.items():
        clauses = tuple(clause for number, clause in enumerate(match.clauses) if number not in numbers)
        if not clauses:
            return None
        # The copy holds the same arms, and would be replaced by itself if it were the same node.
        known[match] = match.replace(clauses=clauses, complete=False)
    return rebuilt(program, known)


def _inner_params(program: Program) -> list[tuple[GlobalVar, int]]:
    """Parameters of other functions, all of whose uses are calls, that the function does not use."""
    functions = functions_of(program)
    nodes = nodes_of(program)
    called = {var for var in functions if var.name != MAIN}
    for node in nodes:
        children = node.args if isinstance(node, Call) else tuple(node.iter_children())
        called.difference_update(child for child in children if isinstance(child, GlobalVar))
    return [
        (var, number)
        for var in functions
        if var in called
        for number, param in enumerate(functions[var].params)
        if param not in set(reachable(functions[var].body))
    ]


def _without_inner_params(program: Program, edits: Sequence[tuple[GlobalVar, int]]) -> Program:
    gone: dict[Node, set[int]] = {}
    for var, number in edits:
        gone.setdefault(var, set()).add(number)
    functions = {
        var: function.replace(params=_kept(function.params, gone.get(var, set())))
        for var, function in functions_of(program).items()
    }
    program = with_functions(program, functions, program.args)
    calls = [node for node in nodes_of(program) if isinstance(node, Call) and node.op in gone]
    return rebuilt(program, {call: call.replace(args=_kept(call.args, gone[call.op])) for call in calls})


def _kept(items: tuple[Any, ...], gone: set[int]) -> tuple[Any, ...]:
    return tuple(item for number, item in enumerate(items) if number not in gone)


def _attributes(program: Program) -> list[tuple[Node, str]]:
    return [(node, name) for node in nodes_of(program) if isinstance(node, Function) for name in node.attrs]


def _without_attributes(program: Program, edits: Sequence[tuple[Function, str]]) -> Program:
    known: dict[Node, Any] = {}
    for function, name in edits:
        known[function] = known.get(function, function).without_attr(name)
    functions = {var: known.get(function, function) for var, function in functions_of(program).items()}
    inner = {node: new for node, new in known.items() if node not in set(functions_of(program).values())}
    return rebuilt(with_functions(program, functions, program.args), inner)


FUNCTIONS = Kind("functions", _others, _without_functions)
DEFINITIONS = Kind("data types", lambda program: list(program.module.type_definitions), _without_definitions)
PARAMS = Kind("unused parameters", _unused, _without_params)
CALLS = Kind("calls", _calls, _opened)
CLAUSES = Kind("arms", _clauses, _without_clauses)
INNER = Kind("parameters of functions", _inner_params, _without_inner_params)
ATTRIBUTES = Kind("attributes of functions", _attributes, _without_attributes)
