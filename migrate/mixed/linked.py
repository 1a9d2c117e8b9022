"""A mixed module as one program: each side lowered on its own road, then linked."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import relax_core.ir.expr as relax
import relax_core.lower
import relay_compat.lower
from cpu_backend.machine import Machine
from migrate.execution import Args, bind_args
from migrate.mixed.border import proves, relax_type
from migrate.mixed.crossing import constructors, guard
from migrate.mixed.merge import mentioned, needed
from migrate.mixed.module import RELAY, MixedModule
from migrate.values import Array, Value, leaves
from relax_core.ir.types import FuncType
from relax_core.types.leaves import type_of
from tensor_core.linking import link
from tensor_core.module import BaseFunc, Declaration
from tensor_core.program import Program

_RELAY: WeakKeyDictionary[BaseFunc, Program] = WeakKeyDictionary()
_RELAX: WeakKeyDictionary[BaseFunc, dict[str | None, Program]] = WeakKeyDictionary()
"""Functions lowered before, alone: what they call is found by name when they are linked."""


def program(state: MixedModule, entry: str = "main") -> Program:
    """The program of a function and of all that it calls. R2R0603 for an unknown name; what lowering refuses.

    Relay code calls a function ``@NAME``, Relax code by its name in Relax. A function has both names; the one of the
    other side passes the call on and checks what crosses.
    """
    parts: list[Program] = []
    known = constructors(state.source)
    for name in _reached(state, entry):
        here, there = RELAY + name, state.names[name]
        signature = state.signature(name)
        if name in state.moved:
            parts.append(_relax_part(state, there))
            result = None if _is_proved(state, name) else signature.ret_type
            crossing = guard(here, there, name, signature.arg_types, result, known, arguments=False)
        else:
            parts.append(_relay_part(state, name))
            crossing = guard(there, here, name, signature.arg_types, None, known, arguments=True)
        parts.append(Program({crossing.name: crossing}))
    return link(*parts)


def _relay_part(state: MixedModule, name: str) -> Program:
    function = state.source[name]
    known = _RELAY.get(function)
    if known is None:
        part = type(state.source)()
        part[state.source.get_global_var(name)] = function
        for callee in mentioned(function):
            if callee.name != name:
                part[callee] = Declaration(state.signature(callee.name), RELAY + callee.name)
        known = _RELAY[function] = relay_compat.lower.lower(part, name, prefix=RELAY)
    return known


def _relax_part(state: MixedModule, name: str) -> Program:
    """A Relax function with its helpers."""
    side = state.relax
    root = side.get_global_var(name)
    made = _RELAX.setdefault(side[root], {})
    if side.release not in made:
        own = {side.get_global_var(other) for other in state.names.values() if other in side} - {root}
        called, helpers = needed(side, root, own)
        part = relax.IRModule(None, side.type_definitions, None, side.global_infos, None, side.release)
        for var in (root, *helpers):
            part[var] = side[var]
        for var in called:
            part[var] = Declaration(type_of(side[var]), var.name)
        made[side.release] = relax_core.lower.lower(part, name)
    return made[side.release]


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
