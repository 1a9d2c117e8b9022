"""A function of one Relax module taken over into another, with what it needs beside it."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from relax_core.function_table import FunctionTable
from relax_core.ir.expr import GlobalVar, IRModule, PrimFunc
from relax_core.names import NameTable
from relax_core.rename import with_global_vars
from relax_core.types.leaves import type_of
from tensor_core.module import BaseFunc
from tensor_core.node import Node, post_order

_MENTIONED: WeakKeyDictionary[BaseFunc, tuple[GlobalVar, ...]] = WeakKeyDictionary()


def mentioned(function: BaseFunc) -> tuple[GlobalVar, ...]:
    """The global names in a function, each once."""
    known = _MENTIONED.get(function)
    if known is None:
        roots: list[Node] = [function]
        found = (node for node in post_order(roots, Node.iter_children) if isinstance(node, GlobalVar))
        known = _MENTIONED[function] = tuple(found)
    return known


def needed(module: IRModule, root: GlobalVar, program: set[GlobalVar]) -> tuple[list[GlobalVar], list[GlobalVar]]:
    """What ``root`` uses, directly or through others: functions of the ``program``, which are not looked into, and
    helpers.
    """
    called: dict[GlobalVar, None] = {}
    helpers: dict[GlobalVar, None] = {}
    pending = [root]
    while pending:
        for var in mentioned(module[pending.pop()]):
            if var in program:
                called[var] = None
            elif var not in helpers:
                helpers[var] = None
                pending.append(var)
    return list(called), list(helpers)


def merge(into: IRModule, module: IRModule, root: GlobalVar, places: Mapping[GlobalVar, GlobalVar]) -> None:
    """Put the function ``root`` of ``module``, and the helpers it uses, into another module.

    ``places``: which names of ``into`` stand for the names of ``module`` that belong to the program, ``root`` among
    them. Helpers get names that are new; tensor programs that are there already are not put twice.
    """
    _, helpers = needed(module, root, set(places))
    names = NameTable([*(var.name for var in into.functions), *(var.name for var in places.values())])
    table = FunctionTable(into, names)
    renamed = dict(places)
    for var in helpers:
        function = module[var]
        if isinstance(function, PrimFunc):
            renamed[var] = _tensor_program(table, var, function)
        else:
            renamed[var] = GlobalVar(names.unique(var.name), var.span)
    changed = {old: new for old, new in renamed.items() if old is not new}
    for var in [*(helper for helper in helpers if not isinstance(module[helper], PrimFunc)), root]:
        function = with_global_vars(module[var], changed)
        renamed[var].memo("checked", type_of(function))
        into[renamed[var]] = function


def _tensor_program(table: FunctionTable, var: GlobalVar, function: PrimFunc) -> GlobalVar:
    """The name under which a tensor program is in the module."""
    before = len(table.module)
    name = table.add(function, var.name)
    if len(table.module) > before and name.name != var.name:
        table.update(name, with_global_vars(function, {var: name}))
    return name
