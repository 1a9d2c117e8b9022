"""ManifestLifetimes: ``memory.kill`` after the last use of a variable, for the virtual machine (TVM 0.19).

Programs must be in A-normal form: calls, branches and matches are bound, functions within functions are not looked at.
As in TVM, a variable that only one arm of a branch uses is killed in that arm alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from relay_compat.devices.marks import copy_of, unmarked
from relay_compat.ir.adt import Clause, Match, PatternVar
from relay_compat.ir.expr import Call, Expr, Function, If, Let, Tuple, TupleGetItem, Var
from relay_compat.op.call import call
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.trampoline import Steps, run


def ManifestLifetimes() -> Pass:
    """The pass. DiagnosticError R2R0205 for programs that are not in A-normal form."""

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        function = _AliasEliminator().rewrite(function)
        if function.attrs.get("Closure") and isinstance(function.body, Function):
            inner = function.body
            return function.replace(body=inner.replace(body=run(_Killer().block(inner.body))))
        return function.replace(body=run(_Killer().block(function.body)))

    return FunctionPass(PassInfo(0, "ManifestLifetimes"), apply)


class _AliasEliminator(Rewriter):
    """A variable that is another, or its copy on the same device, is that other: they would be one register."""

    def order(self, node: Node) -> Iterator[Node]:
        if isinstance(node, Let):
            yield node.value
            alias = _alias(node.value)
            self.done[node.var] = node.var if alias is None else self.done[alias]
            yield node.body
        elif isinstance(node, Match):
            yield node.data
            data = unmarked(node.data)
            for clause in node.clauses:
                if isinstance(clause.lhs, PatternVar) and isinstance(data, Var):
                    self.done[clause.lhs.var] = self.done[data]
            yield from node.clauses
        else:
            yield from node.iter_children()

    def _rebuild(self, node: Node) -> Node:
        if isinstance(node, Let) and self.done[node.var] is not node.var:
            return self.done[node.body]
        return super()._rebuild(node)

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, Clause) and isinstance(new, Clause):
            return new if new.lhs is old.lhs else new.replace(lhs=old.lhs)
        if isinstance(new, Match) and isinstance(data := unmarked(new.data), Var):
            return new if data is new.data else new.replace(data=data)
        return new


def _alias(value: Expr) -> Var | None:
    value = unmarked(value)
    copy = copy_of(value)
    if copy is not None:
        same = copy.source._replace(target=None) == copy.target._replace(target=None)
        assert isinstance(value, Call)
        value = value.args[0] if same else value
    return value if isinstance(value, Var) else None


class _Killer:
    """Backwards over blocks, with the variables that are used further on."""

    def __init__(self) -> None:
        self._live: set[Var] = set()

    def block(self, expr: Expr) -> Steps[Expr]:
        """The block with what it kills. What it uses is live before it."""
        lets: list[Let] = []
        while isinstance(expr, Let):
            lets.append(expr)
            expr = expr.body
        if isinstance(unmarked(expr), (If, Match)):
            raise fail(codes.ILL_FORMED, "a branch must be bound to a variable", expr.span)
        self._live.update(used_variables(expr))
        for let in reversed(lets):
            value = yield self._value(let.value)
            used = used_variables(let.value)
            for var in used:
                if var not in self._live:
                    expr = Let(Var("x"), call("memory.kill", var), expr)
            self._live.discard(let.var)
            self._live.update(used)
            expr = Let(let.var, value, expr, let.span)
        return expr

    def _value(self, value: Expr) -> Steps[Expr]:
        """What a let binds, with what its arms kill. What any arm uses is live behind it, seen from the condition."""
        inner = unmarked(value)
        if isinstance(inner, If):
            arms = yield self._arms((inner.true_branch, inner.false_branch))
            changed: Expr = inner.replace(true_branch=arms[0], false_branch=arms[1])
        elif isinstance(inner, Match):
            arms = yield self._arms(clause.rhs for clause in inner.clauses)
            clauses = tuple(clause.replace(rhs=arm) for clause, arm in zip(inner.clauses, arms, strict=True))
            changed = inner.replace(clauses=clauses)
        else:
            return value
        return changed if inner is value else value.replace(args=(changed,))

    def _arms(self, arms: Iterable[Expr]) -> Steps[list[Expr]]:
        after = self._live
        before = set(after)
        changed: list[Expr] = []
        for arm in arms:
            self._live = set(after)
            changed.append((yield self.block(arm)))
            before |= self._live
        self._live = before
        return changed


def used_variables(expr: Expr) -> list[Var]:
    """The variables that a value uses by itself, without those in its arms; function literals use none.

    DiagnosticError R2R0205 for a let within the value.
    """
    found: dict[Var, None] = {}
    seen: set[Node] = set()
    pending: list[Node] = [expr]
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Var():
                found[node] = None
            case Call() | Tuple() | TupleGetItem():
                pending += reversed([*node.iter_children()])
            case If():
                pending.append(node.cond)
            case Match():
                pending.append(node.data)
            case Let():
                raise fail(codes.ILL_FORMED, "a let stands within a value", node.span)
            case _:
                pass
    return list(found)
