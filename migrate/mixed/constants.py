"""Large constants of Relax functions: within the functions that use them, or parameters that callers hand on.

In a printed module they are parameters, whose arrays lie beside the text (:mod:`migrate.forward.large_constants`). A
function among Relay functions keeps the Relay signature: there its constants are in its body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import networkx

from migrate.forward.large_constants import INLINE_LIMIT
from migrate.mixed.merge import mentioned
from relax_core.ir.expr import Call, Constant, Expr, Function, GlobalVar, IRModule, Op, Tuple, Var
from relax_core.names import NameTable
from relax_core.rename import with_global_vars
from relax_core.types.leaves import type_of
from relax_core.types.plain import of_array
from relax_core.visit import Mutator, map_leaves
from tensor_core.module import BaseFunc
from tensor_core.node import Node, post_order
from tensor_core.types import tensor_type_of


def inlined(module: IRModule, counts: Mapping[str, int]) -> IRModule:
    """The module with the last parameters of functions, those beyond ``counts``, as constants in their bodies.

    A function of which one such parameter has no array in the module stays as it is. The module is left alone.
    """
    extra: dict[GlobalVar, tuple[Var, ...]] = {}
    for var, function in module.functions.items():
        if isinstance(function, Function) and var.name in counts:
            more = function.params[counts[var.name] :]
            if more and all(param.name in module.params for param in more):
                extra[var] = more
    if not extra:
        return module
    changed: dict[GlobalVar, BaseFunc] = {}
    for var, function in module.functions.items():
        if isinstance(function, Function):
            more = extra.get(var, ())
            values = {param: Constant(module.params[param.name]) for param in more}
            function = _Inliner(extra, values).run(function)
            kept = function.params[: len(function.params) - len(more)]
            function = _with_params(function, kept, None) if more else function
        changed[var] = function
    return _anew(module, changed)


def lifted(module: IRModule) -> IRModule:
    """The module with large constants as last parameters of the functions that need them, for themselves or for others
    that they call; the arrays are among the module's. Functions for code generators keep theirs.
    """
    functions = {var: function for var, function in module.functions.items() if isinstance(function, Function)}
    direct = {var: _large(function) for var, function in functions.items()}
    if not any(direct.values()):
        return module
    needed = _closed(functions, direct)
    taken = NameTable([*module.params, *(node.name for node in _nodes(*functions.values()) if isinstance(node, Var))])
    called = {constant: taken.unique("const_0") for constants in direct.values() for constant in constants}
    result = module.copy()
    result.params.update({name: constant.data for constant, name in called.items()})
    changed: dict[GlobalVar, BaseFunc] = dict(module.functions)
    for var, function in functions.items():
        if not needed[var]:
            continue
        given = {constant: Var(called[constant], of_array(tensor_type_of(constant.data))) for constant in needed[var]}
        lifting = _Lifter(needed, given).run(function)
        changed[var] = _with_params(lifting, (*function.params, *given.values()), len(function.params))
    return _anew(result, changed)


def _large(function: Function) -> dict[Constant, None]:
    if "Codegen" in (function.attrs or {}):
        return {}
    return {node: None for node in _nodes(function) if isinstance(node, Constant) and node.data.size > INLINE_LIMIT}


def _nodes(*functions: Function) -> list[Node]:
    return post_order(functions, Node.iter_children)


def _closed(
    functions: Mapping[GlobalVar, Function], direct: Mapping[GlobalVar, dict[Constant, None]]
) -> dict[GlobalVar, dict[Constant, None]]:
    """What each function needs by itself and through others; those that call each other need the same."""
    graph: networkx.DiGraph[GlobalVar] = networkx.DiGraph()
    graph.add_nodes_from(functions)
    for var, function in functions.items():
        graph.add_edges_from((var, callee) for callee in mentioned(function) if callee in functions)
    done: dict[GlobalVar, dict[Constant, None]] = {}
    order = {var: place for place, var in enumerate(functions)}
    for component in networkx.strongly_connected_components(graph):
        needed: dict[Constant, None] = {}
        for var in sorted(component, key=order.__getitem__):
            needed.update(direct[var])
            for callee in graph.successors(var):
                needed.update(done.get(callee, {}))
        done.update(dict.fromkeys(component, needed))
    return done


class _Caller(Mutator):
    """Changes the arguments of calls of global functions, and what closures over them hold."""

    def leaf(self, expr: Expr) -> Expr:
        """As for any leaf; calls of functions whose parameters change have other arguments."""
        expr = super().leaf(expr)
        if not isinstance(expr, Call):
            return expr
        args = expr.args
        if isinstance(expr.op, GlobalVar):
            args = self.given(expr.op, args)
        elif isinstance(expr.op, Op) and expr.op.name == "relax.make_closure" and isinstance(args[0], GlobalVar):
            held = args[1]
            assert isinstance(held, Tuple)
            fields = self.given(args[0], held.fields)
            args = args if fields is held.fields else (args[0], Tuple(tuple(fields), held.span))
        return expr if args is expr.args else self._typed(expr.replace(args=tuple(args)), expr)

    def given(self, callee: GlobalVar, args: Sequence[Expr]) -> Sequence[Expr]:
        """The arguments for a function; the same object when they stay."""
        del callee
        return args

    @staticmethod
    def _typed(call: Call, like: Call) -> Call:
        call.memo("ty", like.ty)
        return call


class _Inliner(_Caller):
    def __init__(self, extra: Mapping[GlobalVar, Sequence[Var]], values: Mapping[Var, Expr]) -> None:
        super().__init__()
        self._extra = extra
        self.replaced.update(values)

    def given(self, callee: GlobalVar, args: Sequence[Expr]) -> Sequence[Expr]:
        """Without the arguments for parameters that are gone."""
        more = len(self._extra.get(callee, ()))
        return args[: len(args) - more] if more else args


class _Lifter(_Caller):
    def __init__(self, needed: Mapping[GlobalVar, Mapping[Constant, None]], given: Mapping[Constant, Var]) -> None:
        super().__init__()
        self._needed = needed
        self._given = given

    def leaf(self, expr: Expr) -> Expr:
        """Large constants are variables."""
        return super().leaf(map_leaves(expr, self._variable))

    def given(self, callee: GlobalVar, args: Sequence[Expr]) -> Sequence[Expr]:
        """With the constants that the function needs."""
        more = self._needed.get(callee)
        return (*args, *(self._given[constant] for constant in more)) if more else args

    def _variable(self, leaf: Expr) -> Expr:
        return self._given.get(leaf, leaf) if isinstance(leaf, Constant) else leaf


def _with_params(function: Function, params: Sequence[Var], inputs: int | None) -> Function:
    """The function with other parameters, of which the first ``inputs`` are no arrays of the module."""
    attrs: dict[str, Any] = {key: value for key, value in (function.attrs or {}).items() if key != "num_input"}
    if inputs is not None:
        attrs["num_input"] = inputs
    return function.replace(params=tuple(params), attrs=attrs)


def _anew(module: IRModule, functions: Mapping[GlobalVar, BaseFunc]) -> IRModule:
    """The module with other functions under names of its own: names carry types."""
    names = {var: GlobalVar(var.name, var.span) for var in module.functions}
    result = IRModule(None, module.type_definitions, module.attrs, module.global_infos, module.params, module.release)
    for var, function in functions.items():
        made = with_global_vars(function, names)
        names[var].memo("checked", type_of(made))
        result[names[var]] = made
    return result
