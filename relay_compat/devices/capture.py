"""Planned devices written into a module: on parameters and functions, and as ``on_device`` and ``device_copy``."""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.calls import callee_and_args
from relay_compat.devices.analysis import is_primitive
from relay_compat.devices.assignment import Assignment
from relay_compat.devices.marks import copied, copy_of, fixed, mark_of
from relay_compat.devices.place import ANYWHERE, Place
from relay_compat.ir.adt import Clause, Constructor, Match
from relay_compat.ir.expr import Call, Expr, Function, Let, Op, Tuple
from relay_compat.visit import Rewriter, with_type
from tensor_core.node import Node


class Capturer(Rewriter):
    """Drops the marks of the program, copies values where their users are elsewhere, and marks what is not where the
    expression around it is. What a let binds is always marked, so that it can be put elsewhere.
    """

    def __init__(self, found: Assignment) -> None:
        super().__init__()
        self._found = found

    def order(self, node: Node) -> Iterator[Node]:
        if isinstance(node, Function):
            if is_primitive(node):
                return iter(())
            *params, _ = self._found.of(node).parts
            for param, domain in zip(node.params, params, strict=True):
                place = self._found.result_place(domain)
                self.done[param] = with_type(param, param.replace(virtual_device=place.record()))
        return super().order(node)

    def leave(self, old: Node, new: Node) -> Node:
        del new
        match old:
            case Function():
                return old if is_primitive(old) else self._function(old)
            case Let():
                changed = self._let(old)
            case Call():
                mark = mark_of(old)
                if mark is not None:
                    return self.done[mark.body]
                changed = self._call(old)
            case Match():
                clauses = tuple(Clause(clause.lhs, self._inner(old, clause.rhs)) for clause in old.clauses)
                changed = old.replace(data=self._inner(old, old.data), clauses=clauses)
            case Tuple():
                changed = old.replace(fields=tuple(self._inner(old, field) for field in old.fields))
            case Expr() if old.children:
                children = {name: self._inner(old, getattr(old, name)) for name in old.children}
                changed = old.replace(**children)
            case _:
                return old
        return with_type(old, changed)

    def _function(self, old: Function) -> Node:
        place = self._found.result_place(self._found.of(old))
        params = tuple(self.done[param] for param in old.params)
        body = self._child(old.body, place, place, self._found.place(old.body))
        return with_type(old, old.replace(params=params, body=body, virtual_device=place.record()))

    def _let(self, old: Let) -> Let:
        place = self._found.place(old)
        value = self._child(old.value, ANYWHERE, self._found.place(old.var), self._found.place(old.value))
        return old.replace(value=value, body=self._child(old.body, place, place, self._found.place(old.body)))

    def _call(self, old: Call) -> Expr:
        found, config = self._found, self._found.config
        copy = copy_of(old)
        if copy is not None:
            source, target = config.canonical(copy.source), config.canonical(copy.target)
            body = self.done[copy.body]
            assert isinstance(body, Expr)
            return body if source == target else self._child(copy.body, target, target, source)
        place = found.place(old)
        *params, _ = found.callee(old).parts
        target, args = callee_and_args(old)
        op = self._child(target, place, place, found.result_place(found.callee(old)))
        new = tuple(
            self._child(arg, place, found.result_place(param), found.place(arg))
            for arg, param in zip(args, params, strict=True)
        )
        return old.replace(op=op, args=new) if target is old.op else old.replace(args=(op, Tuple(new)))

    def _inner(self, parent: Expr, child: Expr) -> Expr:
        place = self._found.place(parent)
        return self._child(child, place, place, self._found.place(child))

    def _child(self, child: Expr, around: Place, wanted: Place, place: Place) -> Expr:
        """A child that is at one place and wanted at another, within an expression that is at a third."""
        if isinstance(child, (Op, Constructor)):
            return child
        result = self.done[child]
        assert isinstance(result, Expr)
        if place != wanted:
            result = copied(fixed(result, place), place, wanted)
        return fixed(result, wanted) if wanted != around else result
