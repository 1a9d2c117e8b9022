"""The equations of a module's devices, and what is taken for what they leave open (device_planner.cc in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from relay_compat.calls import callee_and_args
from relay_compat.devices.assignment import Assignment, contradiction
from relay_compat.devices.configuration import CompilationConfig
from relay_compat.devices.domains import Domain
from relay_compat.devices.marks import mark_of
from relay_compat.devices.place import Place, place_of
from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Expr,
    Function,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)  # fmt: skip
from relay_compat.transform.function_pass import optimizable
from relay_compat.visit import pattern_vars
from tensor_core.module import IRModule
from tensor_core.node import Node, post_order


def assigned(module: IRModule, config: CompilationConfig) -> Assignment:
    """Where every expression is: what the marks imply, then what is taken by default.

    DiagnosticError R2R0206 when the marks contradict each other.
    """
    found = Assignment(config)
    functions = [(name, function) for name, function in module.functions.items() if optimizable(function)]
    for name, function in functions:
        found.same(name, function)
        for node in post_order((function,), _inside):
            rule = _RULES.get(type(node))
            if rule is not None:
                rule(found, node)
    for _, function in functions:
        _allow_copies(found, function)
    for _, function in functions:
        _take_defaults(found, function)
    return found


def is_primitive(function: Function) -> bool:
    """Whether a function is one kernel, whose inside has no devices of its own."""
    return bool(function.attrs.get("Primitive"))


def _inside(node: Node) -> Iterator[Node]:
    """The children whose devices are planned."""
    if isinstance(node, Function) and is_primitive(node):
        return iter(node.params)
    return node.iter_children()


def _call(found: Assignment, call: Call) -> None:
    function = found.callee(call)
    _, args = callee_and_args(call)
    implied = Domain(parts=(*map(found.of, args), found.of(call)))
    if not found.equations.unify(function, implied):
        raise contradiction(call)


def _let(found: Assignment, let: Let) -> None:
    found.same(let.var, let.value)
    found.same(let, let.body)


def _function(found: Assignment, function: Function) -> None:
    *params, result = found.of(function).parts
    found.same(function.body, result)
    _as_said(found, function.body, place_of(function.virtual_device))
    for param, domain in zip(function.params, params, strict=True):
        found.same(param, domain)
        _as_said(found, param, place_of(param.virtual_device))


def _as_said(found: Assignment, expr: Expr, place: Place) -> None:
    if not place.is_open:
        found.same(expr, found.at(getattr(expr, "checked", None), place))


def _tuple(found: Assignment, value: Tuple) -> None:
    for field in value.fields:
        found.same_collapsed(value, found.of(field))


def _tuple_get_item(found: Assignment, item: TupleGetItem) -> None:
    found.same_collapsed(item.tuple_value, found.of(item))


def _match(found: Assignment, match: Match) -> None:
    result = found.of(match)
    found.same_collapsed(match.data, result)
    for clause in match.clauses:
        for var in pattern_vars(clause.lhs):
            found.same_collapsed(match.data, found.of(var))
        found.same(clause.rhs, result)


def _if(found: Assignment, branch: If) -> None:
    result = found.of(branch)
    found.same_collapsed(branch.cond, result)
    found.same(branch.true_branch, result)
    found.same(branch.false_branch, result)


def _ref_create(found: Assignment, made: RefCreate) -> None:
    found.same_collapsed(made, found.of(made.value))


def _ref_read(found: Assignment, read: RefRead) -> None:
    found.same_collapsed(read.ref, found.of(read))


def _ref_write(found: Assignment, write: RefWrite) -> None:
    value = found.of(write.value)
    found.same_collapsed(write.ref, value)
    found.same_collapsed(write, value)


_RULES: dict[type[Any], Callable[[Assignment, Any], None]] = {
    Call: _call,
    Function: _function,
    If: _if,
    Let: _let,
    Match: _match,
    RefCreate: _ref_create,
    RefRead: _ref_read,
    RefWrite: _ref_write,
    Tuple: _tuple,
    TupleGetItem: _tuple_get_item,
}


def _allow_copies(found: Assignment, root: Function) -> None:
    """Marks that only allow a copy: no copy where both sides may be at one place."""
    for node in post_order((root,), Node.iter_children):
        mark = mark_of(node)
        if mark is not None and mark.is_free and isinstance(node, Call):
            found.equations.unify_if_possible(found.of(node), found.of(mark.body))


def _take_defaults(found: Assignment, root: Function) -> None:
    """Outside in, give places to what has none."""
    seen: set[Node] = set()
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Function():
                if not is_primitive(node):
                    found.default_result_then_params(found.of(node))
                    pending.append(node.body)
            case Call():
                found.default_result_then_params(found.callee(node))
                pending += reversed([*node.iter_children()])
            case Let():
                found.default(found.of(node.var), found.place(node))
                pending += (node.body, node.value)
            case Var() | Op() | Constructor():
                pass
            case _:
                pending += reversed([*node.iter_children()])
