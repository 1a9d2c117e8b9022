"""A mixed module as one program: each side lowered on its own road, then linked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import relax_core.ir.expr as relax
import relax_core.lower
import relay_compat.lower
from cpu_backend.machine import Machine
from migrate.execution import Args, bind_args
from migrate.mixed.border import guard, proves, relax_type
from migrate.mixed.merge import mentioned
from migrate.mixed.module import MixedModule, guarded
from migrate.values import Array, Value, leaves
from relax_core.ir.types import FuncType
from relax_core.types.leaves import type_of
from tensor_core.linking import link
from tensor_core.module import BaseFunc
from tensor_core.program import Program, ProgramFunction

RELAY = "@"
"""What the names of Relay's functions begin with in a linked program: no Relax function is called so."""


def program(state: MixedModule, entry: str = "main") -> Program:
    """The program of a function and of all that it calls. R2R0603 for an unknown name; what lowering refuses."""
    reached = _reached(state, entry)
    mine = [name for name in reached if name not in state.moved]
    theirs = [name for name in reached if name in state.moved]
    checked = {name: f"{state.names[name]} for Relay" for name in theirs if not _is_proved(state, name)}
    symbols = {name: checked.get(name, state.names[name]) for name in state.moved}
    programs = [Program({**_guards(state, mine, checked)})]
    if mine:
        programs.append(relay_compat.lower.lower(state.relay(symbols), mine, prefix=RELAY))
    if theirs:
        programs.append(relax_core.lower.lower(state.relax, [state.names[name] for name in theirs]))
    return link(*programs)


def symbol(state: MixedModule, name: str) -> str:
    """What a function is called in a linked program."""
    return state.names[name] if state.side(name) == "relax" else RELAY + name


def arguments(state: MixedModule, args: Args, entry: str = "main") -> list[Value]:
    """Complete, checked arguments for the linked function: those of the Relay function, in order or by its names, and
    the arrays that its Relax form takes beside them. R2R0503 for arguments that do not fit.
    """
    values = bind_args(state.source, args, entry)
    if entry not in state.moved:
        return values
    function = state.relax[state.names[entry]]
    assert isinstance(function, relax.Function)
    return [*values, *(state.relax.params[param.name] for param in function.params[len(values) :])]


def run(state: MixedModule, args: Args, entry: str = "main") -> list[Array]:
    """Call a function and return the leaves of its result, as :func:`migrate.run` does."""
    machine = Machine(program(state, entry))
    return leaves(machine.run(arguments(state, args, entry), symbol(state, entry)))


def _reached(state: MixedModule, entry: str) -> list[str]:
    """The functions of the program that a function calls, in the order of their first mention, and itself."""
    own = {symbol: name for name, symbol in state.names.items()}
    state.side(entry)
    found: dict[str, None] = {entry: None}
    pending: list[tuple[BaseFunc, bool]] = [_body(state, entry)]
    seen: set[str] = set()
    while pending:
        function, in_relax = pending.pop()
        for var in mentioned(function):
            name = own.get(var.name) if in_relax else var.name
            if name is None:
                # A helper of a Relax function.
                if var.name not in seen:
                    seen.add(var.name)
                    pending.append((state.relax[var], True))
            elif name not in found:
                found[name] = None
                pending.append(_body(state, name))
    return list(found)


def _body(state: MixedModule, name: str) -> tuple[BaseFunc, bool]:
    in_relax = name in state.moved
    return (state.relax[state.names[name]] if in_relax else state.source[name]), in_relax


def _is_proved(state: MixedModule, name: str) -> bool:
    """Whether the type of a Relax function shows that its result is what the Relay function's is."""
    found = type_of(state.relax[state.names[name]])
    return isinstance(found, FuncType) and proves(found.ret, relax_type(state.signature(name).ret_type))


def _guards(state: MixedModule, mine: list[str], checked: Mapping[str, str]) -> dict[str, ProgramFunction]:
    """The functions through which calls cross the border."""
    made: dict[str, Any] = {}
    for name in mine:
        types = state.signature(name).arg_types
        made[guarded(name)] = guard(guarded(name), RELAY + name, name, types, None, arguments=True)
    for name, through in checked.items():
        signature = state.signature(name)
        made[through] = guard(
            through, state.names[name], name, signature.arg_types, signature.ret_type, arguments=False
        )
    return made
