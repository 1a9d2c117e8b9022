"""Relay's type inference (tvm::relay::InferType in TVM 0.19): what every expression of a program computes.

One post-order walk with an explicit stack. An op call whose argument types are known is typed at once; the others wait
in the solver until what they need becomes known. Types of global functions are taken from their annotations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from weakref import WeakSet

from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.ir.types import IncompleteType, Type
from relay_compat.types import errors
from relay_compat.types.annotate import annotate
from relay_compat.types.calls import Calls
from relay_compat.types.constructs import Constructs
from relay_compat.types.context import Context, Pending, annotated_type
from relay_compat.types.solve import NeedsTracking
from tensor_core import codes
from tensor_core.collection import collection_paused
from tensor_core.diagnostics import fail
from tensor_core.module import Declaration, IRModule
from tensor_core.module import GlobalVar as AnyGlobalVar

E = TypeVar("E", bound=Expr)
M = TypeVar("M", bound=IRModule)


@collection_paused()
def infer_types(module: M) -> M:
    """Infer the type of every expression of every Relay function and record it in the nodes.

    Returns the module itself, or, where annotations, return types or type arguments were missing, a module with
    those functions rewritten. Raises DiagnosticError (R2R0103, R2R0104, R2R0201 to R2R0205) for an ill-typed program.
    """
    functions = {name: func for name, func in module.functions.items() if isinstance(func, Function)}
    annotated = _signatures(module)
    changed: dict[AnyGlobalVar, Function] = {}
    for name, func in functions.items():
        new = _infer(func, module, annotated, closed=True)
        name.memo("checked", new.checked)
        if new is not func:
            changed[name] = new
    if changed:
        module = module.copy()
        module.functions.update(changed)
    if _is_alone(module):
        _INFERRED.update(changed.values() or functions.values())
    return module


_INFERRED: WeakSet[Function] = WeakSet()
"""Functions whose types were inferred where nothing else had a say in them."""


def is_inferred(module: IRModule) -> bool:
    """Whether inference would say what it said before: of a module that is one function, which it has seen as one."""
    if not _is_alone(module):
        return False
    [(name, function)] = module.functions.items()
    return isinstance(function, Function) and function in _INFERRED and name.checked is function.checked


def _is_alone(module: IRModule) -> bool:
    return len(module.functions) == 1 and not module.type_definitions


def infer_expr(expr: E, module: IRModule | None = None) -> E:
    """Infer the types of a lone expression; its free variables need annotations, global names belong to ``module``."""
    return _infer(expr, module, {} if module is None else _signatures(module), closed=False)


def _signatures(module: IRModule) -> dict[AnyGlobalVar, Type]:
    """What the annotations of a module's functions say, and the types of those that are declared only."""
    found: dict[AnyGlobalVar, Type] = {}
    for name, func in module.functions.items():
        if isinstance(func, Function):
            found[name] = annotated_type(func)
        elif isinstance(func, Declaration):
            found[name] = func.ty
    return found


def type_of(expr: Expr) -> Type:
    """The type of an expression. Its parts that have an inferred type are believed; nothing is recorded."""
    return types_of(expr)[expr]


def types_of(expr: Expr) -> dict[Expr, Type]:
    """The types of an expression and of its parts down to those that have an inferred type, which are believed.

    Nothing is recorded in the nodes.
    """
    try:
        return _types_of(expr, Context(None, {}, closed=False, tracked=False))
    except NeedsTracking:
        return _types_of(expr, Context(None, {}, closed=False, tracked=True))


def _types_of(expr: Expr, context: Context) -> dict[Expr, Type]:
    calls = Calls(context)
    _walk(expr, context, calls, believe=True)
    calls.solve()
    if not context.solver.any_incomplete:
        return context.types
    types = {node: context.solver.resolve(type_) for node, type_ in context.types.items()}
    if isinstance(types[expr], IncompleteType):
        raise errors.undetermined([expr])
    return types


def _infer(root: E, module: IRModule | None, annotated: Mapping[AnyGlobalVar, Type], closed: bool) -> E:
    try:
        return _run(root, Context(module, annotated, closed, tracked=False))
    except NeedsTracking:
        return _run(root, Context(module, annotated, closed, tracked=True))


def _run(root: E, context: Context) -> E:
    calls = Calls(context)
    _walk(root, context, calls)
    calls.solve()
    resolve, types = context.solver.settled(), context.types
    if context.solver.any_incomplete:
        types = {node: resolve(type_) for node, type_ in types.items()}
        # An unknown part of a known type, such as the elements of an empty list, is no error in TVM either.
        unknown = [node for node, type_ in types.items() if isinstance(type_, IncompleteType)]
        if unknown:
            raise errors.undetermined(unknown)
    if context.incomplete_source or context.solver.tracked:
        type_args = {call: tuple(map(resolve, args)) for call, args in context.type_args.items()}
        ret_types = {func: resolve(type_) for func, type_ in context.ret_types.items()}
        return annotate(root, types, type_args, ret_types)
    for node, type_ in types.items():
        node.memo("checked", type_)
        if type(node) is Call and type(node.op) is Op:
            # TVM records the types of an operator's arguments here.
            node.memo("type_args", tuple([types[arg] for arg in node.args]))
    return root


def _walk(root: Expr, context: Context, calls: Calls, believe: bool = False) -> None:
    steps, types, ready = _steps(Constructs(context), calls), context.types, context.solver.ready
    stack = [root]
    while stack:
        node = stack[-1]
        if node in types:
            stack.pop()
            continue
        if believe and node is not root and (known := getattr(node, "checked", None)) is not None:
            types[node] = context.declared(known)
            continue
        step = steps.get(type(node))
        if step is None:
            message = f"{type(node).__name__} is not an expression of Relay"
            raise fail(codes.ILL_FORMED, message, errors.span_of(node))
        pending = step(node)
        if pending:
            stack.extend(pending)
        else:
            stack.pop()
            if ready:
                calls.solve()


def _steps(of: Constructs, calls: Calls) -> dict[type, Callable[[Any], Pending]]:
    return {
        Call: calls.call, Constant: of.constant, Constructor: of.constructor, Function: of.function,
        GlobalVar: of.global_, If: of.if_, Let: of.let, Match: of.match_, Op: of.op, RefCreate: of.ref_create,
        RefRead: of.ref_read, RefWrite: of.ref_write, Tuple: of.tuple, TupleGetItem: calls.item, Var: of.var,
    }  # fmt: skip
