"""Where a method looks into operands, which are calls in Relay and variables in Relax."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from libcst import matchers as m

from migrate.codemods.names import SourceFile

_VISIT = m.Call(func=m.Attribute(value=m.Name("self"), attr=m.Name("visit") | m.Name("visit_expr")))
_OPERAND = m.Subscript(value=m.Attribute(attr=m.Name("args")), slice=[m.SubscriptElement(m.Index())]) | m.Attribute(
    attr=m.Name("tuple_value")
)
_ASKED = ("op", "args", "attrs", "tuple_value")


class OperandsOf:
    """The operands that a method names: arguments, tuples behind fields, what it visited, and names of these."""

    def __init__(self, method: cst.FunctionDef) -> None:
        self._lists: set[str] = set()
        self._names: set[str] = set()
        given = m.findall(method.body, m.Assign(targets=[m.AssignTarget(m.Name())]))
        assigned = [cst.ensure_type(node, cst.Assign) for node in given]
        pairs = [(cst.ensure_type(node.targets[0].target, cst.Name).value, node.value) for node in assigned]
        for name, value in pairs:
            if isinstance(value, cst.ListComp) and m.matches(value.elt, _VISIT):
                self._lists.add(name)
        for name, value in pairs:
            if self.has(value) or m.matches(value, _VISIT):
                self._names.add(name)

    def has(self, node: cst.CSTNode) -> bool:
        """Whether an expression is an operand."""
        if isinstance(node, cst.Name):
            return node.value in self._names
        if m.matches(node, _OPERAND):
            return True
        item = m.Subscript(value=m.Name(), slice=[m.SubscriptElement(m.Index())])
        return (
            m.matches(node, item)
            and cst.ensure_type(cst.ensure_type(node, cst.Subscript).value, cst.Name).value in self._lists
        )


def looked_into(file: SourceFile, method: cst.FunctionDef, operands: OperandsOf) -> Iterator[cst.BaseExpression]:
    """The operands of which a method asks what a variable does not have, or what they are."""
    for node in m.findall(method.body, m.Name() | m.Subscript() | m.Attribute()):
        assert isinstance(node, cst.BaseExpression)
        if operands.has(node) and _is_asked(file, node):
            yield node


def _is_asked(file: SourceFile, node: cst.BaseExpression) -> bool:
    parent = file.parent(node)
    if isinstance(parent, cst.Attribute):
        return parent.value is node and parent.attr.value in _ASKED
    call = file.parent(parent) if isinstance(parent, cst.Arg) else None
    return isinstance(call, cst.Call) and m.matches(call.func, m.Name("isinstance")) and call.args[0] is parent
