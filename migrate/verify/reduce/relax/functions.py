"""Functions and parameters that can go, and calls that can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.verify.generate.program import Program
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relax.program import (
    MAIN,
    Anew,
    all_bindings,
    body_of,
    functions_of,
    main_of,
    nodes_of,
    remade,
)
from relax_core.ir.expr import (
    Call,
    Function,
    GlobalVar,
    VarBinding,
)
from relay_compat.visit import reachable


def _calls(program: Program) -> list[tuple[VarBinding, Function]]:
    """Calls of functions that do not call themselves."""
    functions: dict[Any, Function] = dict(functions_of(program).items())
    for item in all_bindings(program):
        if isinstance(item.value, Function):
            functions[item.var] = item.value
    endless = {var for var, function in functions.items() if var in reachable(function)}
    return [
        (item, functions[item.value.op])
        for item in all_bindings(program)
        if isinstance(item, VarBinding)
        and isinstance(item.value, Call)
        and item.value.op in functions
        and item.value.op not in endless
    ]


def _opened(program: Program, edits: Sequence[tuple[VarBinding, Function]]) -> Program | None:
    """One call becomes the body of its function; the function goes, so its body is there once."""
    if len(edits) != 1:
        return None
    ((binding, function),) = edits
    call = binding.value
    assert isinstance(call, Call)
    uses = [item for item in nodes_of(program) if isinstance(item, Call) and item.op is call.op]
    if len(uses) != 1 or len(function.params) != len(call.args):
        return None
    known: dict[Any, Any] = {call: function.body, **dict(zip(function.params, call.args, strict=True))}
    if isinstance(call.op, GlobalVar):
        return remade(program, Anew(program, known), without={call.op})
    gone = {item for item in all_bindings(program) if item.var is call.op}
    return remade(program, Anew(program, known, gone))


def _others(program: Program) -> list[Any]:
    return [var for var in program.module.functions if var.name != MAIN]


def _without_functions(program: Program, edits: Sequence[Any]) -> Program:
    return remade(program, Anew(program), without=frozenset(edits))


def _unused_params(program: Program) -> list[int]:
    used = set(reachable(body_of(program)))
    return [number for number, param in enumerate(main_of(program).params) if param not in used]


def _without_params(program: Program, edits: Sequence[int]) -> Program:
    main, gone = main_of(program), set(edits)
    params = tuple(param for number, param in enumerate(main.params) if number not in gone)
    attrs = {name: value for name, value in (main.attrs or {}).items() if name != "num_input"}
    known = {main: main.replace(params=params, attrs=attrs or None)}
    args = [arg for number, arg in enumerate(program.args) if number not in gone]
    return remade(program, Anew(program, known), args)


def _merged(program: Program) -> list[tuple[int, int]]:
    params = main_of(program).params
    return [(n, m) for n in range(len(params)) for m in range(n) if params[n].ty == params[m].ty]


def _with_merged(program: Program, edits: Sequence[tuple[int, int]]) -> Program:
    params, main = main_of(program).params, main_of(program)
    gone = dict(reversed(edits))
    known: dict[Any, Any] = {params[n]: params[m] for n, m in gone.items()}
    known[main] = main.replace(params=tuple(param for n, param in enumerate(params) if n not in gone))
    return remade(program, Anew(program, known), [arg for n, arg in enumerate(program.args) if n not in gone])


CALLS = Kind("calls", _calls, _opened, together=False)
FUNCTIONS = Kind("functions", _others, _without_functions)
PARAMS = Kind("unused parameters", _unused_params, _without_params)
MERGED = Kind("parameters merged", _merged, _with_merged)
