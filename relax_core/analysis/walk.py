"""Walking whole expressions, nested scopes included, in TVM's visiting order; iterative, so depth is no limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relax_core.ir.expr import (
    BindingBlock,
    Call,
    DataflowVar,
    Expr,
    Function,
    If,
    MatchCast,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import Type
from relax_core.types.fields import expressions
from tensor_core.node import Node


def parts(node: Node) -> tuple[Node, ...]:
    """What a node is made of, in visiting order. Definitions of variables are no parts."""
    match node:
        case Call():
            return (node.op, *node.args)
        case VarBinding() | MatchCast():
            return (node.value,)
        case Tuple():
            return node.fields
        case TupleGetItem():
            return (node.tuple_value,)
        case BindingBlock():
            return node.bindings
        case SeqExpr():
            return (*node.blocks, node.body)
        case If():
            return (node.cond, node.true_branch, node.false_branch)
        case Function():
            return (node.body,)
        case _:
            return ()


def walk(
    root: Node, into: Callable[[Node], tuple[Node, ...]] = parts, once: bool = True
) -> Iterator[tuple[Node, bool]]:
    """Each node twice: with False before its parts, with True after them. ``once``: shared nodes but variables once."""
    seen: set[int] = set()
    stack: list[tuple[Node, Iterator[Node]]] = [(root, iter(into(root)))]
    yield root, False
    while stack:
        node, pending = stack[-1]
        for part in pending:
            inner = into(part)
            if inner and once:
                if id(part) in seen:
                    continue
                seen.add(id(part))
            yield part, False
            if inner:
                stack.append((part, iter(inner)))
                break
            yield part, True
        else:
            stack.pop()
            yield node, True


def post_order_visit(expr: Expr, fvisit: Callable[[Expr], object]) -> None:
    """Call ``fvisit`` on every expression after its parts; on one that occurs twice, twice, as TVM does.

    What types refer to counts as a part.
    """
    for node, done in walk(expr, _with_types, once=False):
        if done and isinstance(node, Expr):
            fvisit(node)


def _with_types(node: Node) -> tuple[Node, ...]:
    # Shapes inside of shapes' own types are no parts: they are the shapes again.
    match node:
        case Var() | DataflowVar() | Tuple() | If() | SeqExpr() | TupleGetItem():
            return (*parts(node), *_of(node.ty))
        case Call():
            return (node.op, *(e for type_ in node.ty_args for e in _of(type_)), *node.args, *_of(node.ty))
        case MatchCast():
            return (node.value, *_of(node.ty))
        case _:
            return parts(node)


def _of(type_: Type | None) -> tuple[Node, ...]:
    return () if type_ is None else tuple(expressions(type_))
