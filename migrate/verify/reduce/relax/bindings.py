"""Bindings become parameters or what they are made of, or go."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from migrate.execution import interpret
from migrate.values import Value
from migrate.verify.generate.program import Program
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relax.program import (
    Anew,
    all_bindings,
    bindings_of,
    body_of,
    main_of,
    nodes_of,
    remade,
)
from relax_core.ir.expr import (
    Binding,
    Constant,
    SeqExpr,
    Var,
)
from relax_core.types.leaves import type_of
from relax_core.types.relations import is_base_of
from relax_core.visit import variables
from relay_compat.visit import reachable


def _cuts(program: Program) -> list[tuple[Binding, Value]]:
    """Bindings of main with the values they had."""
    seen: dict[Any, Value] = {}
    # What a program shows that cannot run to its end is as good.
    with contextlib.suppress(Exception):
        interpret(program.module, program.args, observe=lambda binding, value: seen.setdefault(binding.var.name, value))
    return [(item, seen[item.var.name]) for item in bindings_of(program) if item.var.name in seen and item.var.ty]


def _cut(program: Program, edits: Sequence[tuple[Binding, Value]]) -> Program:
    """Bindings become parameters that have their values."""
    gone = {binding for binding, _ in edits}
    kept = [binding for binding in bindings_of(program) if binding not in gone]
    used = set(reachable(*(binding.value for binding in kept), body_of(program).body))
    new = {
        binding.var: (Var(binding.var.name, binding.var.ty), value) for binding, value in edits if binding.var in used
    }
    main = main_of(program)
    params = (*main.params, *(var for var, _ in new.values()))
    known: dict[Any, Any] = {old: var for old, (var, _) in new.items()}
    known[main] = main.replace(params=params, ret_ty=None)
    # New parameters are variables of their own, which are not replaced in turn.
    known.update({var: var for var, _ in new.values()})
    args = (*program.args, *(value for _, value in new.values()))
    return remade(program, Anew(program, known, gone), args)


def _unused(program: Program) -> list[Binding]:
    used = {node for item in all_bindings(program) for node in variables(item.value)}
    used |= {node for item in nodes_of(program) if isinstance(item, SeqExpr) for node in variables(item.body)}
    return [item for item in all_bindings(program) if item.var not in used]


def _dropped(program: Program, edits: Sequence[Binding]) -> Program:
    return remade(program, Anew(program, dropped=set(edits)))


class Alias(NamedTuple):
    """The variable of a binding is another leaf."""

    binding: Binding
    leaf: Any


def _aliases(program: Program) -> list[Alias]:
    """Bindings whose variable may be one of the leaves it is made of, or a parameter."""
    params = main_of(program).params
    own = set(bindings_of(program))
    found: list[Alias] = []
    for binding in reversed(all_bindings(program)):
        type_ = binding.var.ty
        below = [node for node in reachable(binding.value) if isinstance(node, (Var, Constant))]
        for leaf in dict.fromkeys([*below, *(params[:4] if binding in own else ())]):
            other = type_of(leaf)
            if type_ is not None and other is not None and leaf is not binding.var and is_base_of(type_, other):
                found.append(Alias(binding, leaf))
    return found


def aliased(program: Program, edits: Sequence[Alias]) -> Program:
    """The program without the bindings of these edits: what used one uses the leaf beside it."""
    known: dict[Any, Any] = {}
    gone: set[Binding] = set()
    for binding, leaf in edits:
        if binding not in gone:
            gone.add(binding)
            known[binding.var] = leaf
    return remade(program, Anew(program, known, gone))


UNUSED = Kind("unused bindings", _unused, _dropped)
CUTS = Kind("bindings to parameters", _cuts, _cut)
ALIASES = Kind("bindings to what they are made of", _aliases, aliased)
