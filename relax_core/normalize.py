"""A-normal form: every argument a leaf, every binding typed, dataflow blocks kept (relax.transform.Normalize).

Functions are normalised in the order of their calls where result types are not annotated, so that every call of a
global function finds its type.
"""

from __future__ import annotations

from relax_core.assumed import assumed
from relax_core.ir.expr import Binding, Function, GlobalVar, IRModule
from relax_core.normalizer import Normalizer
from relax_core.types.leaves import type_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import BaseFunc
from tensor_core.node import Node, post_order
from tensor_core.trampoline import run


def normalize(module: IRModule, release: str | None = None) -> IRModule:
    """The module in normal form, fully typed; functions that are so already are kept as they are.

    Errors are those of type deduction; R2R0203 for functions that call each other without annotated result types.
    """
    result = module.copy()
    for var in _in_order(module):
        function = module[var]
        if isinstance(function, Function):
            function = normalize_function(function, release or module.release)
            result.functions[var] = function
        var.memo("checked", type_of(function))
    return result


def normalize_function(function: Function, release: str | None = None) -> Function:
    """One function in normal form; the global functions it calls must be typed."""
    return run(Normalizer(assumed(release), lambda: _variable_names(function)).function(function))


def _in_order(module: IRModule) -> list[GlobalVar]:
    """Global variables, callees without an annotated result type before their callers."""
    for var, function in module.functions.items():
        var.memo("checked", type_of(function))
    functions = module.functions.items()
    untyped = {var: function for var, function in functions if isinstance(function, Function) and var.checked is None}
    if not untyped:
        return list(module.functions)
    callees = {var: [c for c in _mentioned(function) if c in untyped] for var, function in untyped.items()}
    order: list[GlobalVar] = []
    done: set[GlobalVar] = set()
    for root in untyped:
        stack = [(root, iter(callees[root]))]
        path = {root}
        while stack:
            var, pending = stack[-1]
            following = next((c for c in pending if c not in done), None)
            if following is None:
                stack.pop()
                path.discard(var)
                if var not in done:
                    done.add(var)
                    order.append(var)
            elif following in path:
                raise fail(
                    codes.UNRESOLVED_TYPE,
                    f"the result type of {following.name} depends on itself",
                    following.span,
                    "annotate its result type",
                )
            else:
                path.add(following)
                stack.append((following, iter(callees[following])))
    return [*order, *(var for var in module.functions if var not in untyped)]


def _mentioned(function: BaseFunc) -> list[GlobalVar]:
    return [node for node in _nodes(function) if isinstance(node, GlobalVar)]


def _variable_names(function: Function) -> set[str]:
    names = {param.name for param in function.params}
    for node in _nodes(function):
        if isinstance(node, Binding):
            names.add(node.var.name)
        elif isinstance(node, Function):
            names.update(param.name for param in node.params)
    return names


def _nodes(function: BaseFunc) -> list[Node]:
    return post_order([function], lambda node: node.iter_children())
