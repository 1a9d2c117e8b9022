"""Walking Relax programs without recursion: leaves, and a mutator that passes derive from.

Walks that have to nest (branches, local functions, nested expressions) run on :mod:`tensor_core.trampoline`, so depth
is no limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    Constant,
    DataflowVar,
    DataTypeImm,
    Expr,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    MatchCast,
    Op,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)  # fmt: skip
from tensor_core.node import Node
from tensor_core.trampoline import Steps, run

LEAVES: frozenset[type] = frozenset(
    {Var, DataflowVar, Constant, ShapeExpr, PrimValue, StringImm, DataTypeImm, ExternFunc, GlobalVar, Op}
)
"""Expression kinds that need no binding. A tuple of leaves counts as one, too: see :func:`is_leaf`."""


def is_leaf(expr: Expr) -> bool:
    """Whether the expression may stand as an argument in normal form: a leaf, or a (nested) tuple of leaves."""
    if type(expr) in LEAVES:
        return True
    stack: list[Node] = [expr]
    while stack:
        item = stack.pop()
        if type(item) is Tuple:
            stack.extend(item.fields)
        elif type(item) not in LEAVES:
            return False
    return True


def variables(expr: Expr) -> Iterator[Var]:
    """The variables that a leaf or a normal right-hand side mentions, left to right; nested scopes are not entered.

    Of a branch only the condition counts, of a function nothing.
    """
    stack: list[Expr] = [expr]
    while stack:
        item = stack.pop()
        if isinstance(item, Var):
            yield item
        elif isinstance(item, Tuple):
            stack.extend(reversed(item.fields))
        elif isinstance(item, Call):
            stack.extend(reversed(item.args))
            stack.append(item.op)
        elif isinstance(item, TupleGetItem):
            stack.append(item.tuple_value)
        elif isinstance(item, If):
            stack.append(item.cond)


def op_name(expr: Expr) -> str:
    """The name of the operator that an expression calls, "" for any other expression."""
    return expr.op.name if isinstance(expr, Call) and isinstance(expr.op, Op) else ""


def scopes(value: Expr) -> tuple[Expr, ...]:
    """The nested scopes of a right-hand side: the two branches, the local function, or none."""
    if isinstance(value, If):
        return (value.true_branch, value.false_branch)
    return (value,) if isinstance(value, Function) else ()


def with_type(expr: Any, like: Any) -> Any:
    """``expr`` with the type of ``like`` filled in; for rebuilt nodes whose type did not change."""
    expr.memo("ty", like.ty)
    return expr


def joined(blocks: Sequence[BindingBlock]) -> tuple[BindingBlock, ...]:
    """The blocks that bind anything, neighbours of one kind made one."""
    groups: list[list[BindingBlock]] = []
    for block in blocks:
        if not block.bindings:
            continue
        if groups and type(groups[-1][0]) is type(block):
            groups[-1].append(block)
        else:
            groups.append([block])
    return tuple(
        group[0] if len(group) == 1 else group[0].replace(bindings=tuple(b for block in group for b in block.bindings))
        for group in groups
    )


class Mutator:
    """Rewrites a function in normal form, copying only what changes.

    Override :meth:`rewrite` (one binding to any bindings) or :meth:`value` (one right-hand side). ``replaced`` maps
    variables to the leaves that stand for them from here on.
    """

    def __init__(self) -> None:
        self.replaced: dict[Var, Expr] = {}
        self.in_dataflow = False

    def run(self, function: Function) -> Function:
        """The rewritten function; the same object when nothing changed."""
        return run(self.function(function))

    def function(self, function: Function) -> Steps[Function]:
        """Rewrite a global or local function."""
        outer, self.in_dataflow = self.in_dataflow, False
        body = yield self.scope(function.body)
        self.in_dataflow = outer
        return function if body is function.body else with_type(function.replace(body=body), function)

    def scope(self, body: Expr) -> Steps[Expr]:
        """Rewrite a body: of a function or of a branch."""
        if not isinstance(body, SeqExpr):
            return self.leaf(body)
        blocks: list[BindingBlock] = []
        for block in body.blocks:
            new = yield self.block(block)
            if new.bindings:
                blocks.append(new)
        result = self.leaf(body.body)
        if (
            result is body.body
            and len(blocks) == len(body.blocks)
            and all(a is b for a, b in zip(blocks, body.blocks, strict=True))
        ):
            return body
        return with_type(body.replace(blocks=joined(blocks), body=result), body)

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """Rewrite the bindings of one block."""
        outer, self.in_dataflow = self.in_dataflow, type(block) is not BindingBlock
        bindings: list[Binding] = []
        for binding in block.bindings:
            bindings.extend((yield self.rewrite(binding)))
        self.in_dataflow = outer
        if len(bindings) == len(block.bindings) and all(a is b for a, b in zip(bindings, block.bindings, strict=True)):
            return block
        return block.replace(bindings=tuple(bindings))

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """The bindings that take the place of one."""
        if isinstance(binding, MatchCast):
            value: Expr = self.leaf(binding.value)
            return (binding if value is binding.value else binding.replace(value=value),)
        assert isinstance(binding, VarBinding)
        value = yield self.value(binding.value)
        return (binding if value is binding.value else binding.replace(value=value),)

    def value(self, value: Expr) -> Steps[Expr]:
        """Rewrite one right-hand side."""
        if isinstance(value, Function):
            return (yield self.function(value))
        if isinstance(value, If):
            condition = self.leaf(value.cond)
            outer, self.in_dataflow = self.in_dataflow, False
            then = yield self.scope(value.true_branch)
            otherwise = yield self.scope(value.false_branch)
            self.in_dataflow = outer
            if condition is value.cond and then is value.true_branch and otherwise is value.false_branch:
                return value
            return with_type(value.replace(cond=condition, true_branch=then, false_branch=otherwise), value)
        return self.leaf(value)

    def leaf(self, expr: Expr) -> Expr:
        """A leaf, a tuple, a projection or a call with variables replaced; the same object when none was."""
        if not self.replaced or not any(var in self.replaced for var in variables(expr)):
            return expr
        return substitute(expr, self.replaced)


def substitute(expr: Expr, replaced: dict[Var, Expr]) -> Expr:
    """A flat expression (leaf, tuple of leaves, projection or call of them) with variables replaced."""
    return map_leaves(expr, lambda leaf: replaced.get(leaf, leaf) if isinstance(leaf, Var) else leaf)


def map_leaves(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """A flat expression with each leaf changed; the same object when none is. Types are kept."""
    if isinstance(expr, Tuple):
        fields = tuple([map_leaves(item, change) for item in expr.fields])
        same = all(a is b for a, b in zip(fields, expr.fields, strict=True))
        return expr if same else with_type(expr.replace(fields=fields), expr)
    if isinstance(expr, TupleGetItem):
        source = map_leaves(expr.tuple_value, change)
        return expr if source is expr.tuple_value else with_type(expr.replace(tuple_value=source), expr)
    if isinstance(expr, Call):
        callee = map_leaves(expr.op, change)
        args = tuple([map_leaves(item, change) for item in expr.args])
        if callee is expr.op and all(a is b for a, b in zip(args, expr.args, strict=True)):
            return expr
        return with_type(expr.replace(op=callee, args=args), expr)
    return change(expr)
