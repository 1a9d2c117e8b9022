"""``call.args[0].op`` in mutators: an argument is a variable in Relax, and what makes it is bound to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.functors import MUTATOR, functors_of
from migrate.codemods.names import SourceFile
from migrate.codemods.operands import OperandsOf, looked_into
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_NAME = "bound_value"
_HELPER = '''def bound_value(mutator, expr):
    """What a variable is bound to in the function that a mutator makes; any other expression itself."""
    if type(expr).__name__ not in ("Var", "DataflowVar"):
        return expr
    value = mutator.lookup_binding(mutator.visit_expr(expr))
    return expr if value is None else value
'''


class MutatorProducers(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.functors.producers"
    title: ClassVar[str] = "What a mutator looks into is looked up: arguments are variables"
    explanation: ClassVar[str] = (
        "Arguments of Relay calls are calls; in Relax they are variables, and what makes them is bound to these."
        " Where a method of a mutator asks an argument, the tuple behind a field, or what it visited, for its"
        " operator, arguments or attributes, or what it is, the value is looked up in the function that the mutator"
        " makes; what is handed on stays the variable. What is bound outside of the function, as in the caller of a"
        " function literal, is not found so."
    )
    facts: ClassVar[str] = "PyExprMutator.lookup_binding, visit_expr in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax


class Drop(relax.PyExprMutator):
    def visit_call_(self, call):
        args = [self.visit_expr(arg) for arg in call.args]
        before = args[0]
        if isinstance(before, relax.Call) and before.op.name == call.args[1].args[0].op.name:
            return relax.Call(call.op, [before, *args[1:]], before.attrs)
        return call.op, args[1].op

    def visit_tuple_getitem_(self, op):
        visited = super().visit_tuple_getitem_(op)
        return visited.tuple_value.args[0] if isinstance(visited.tuple_value, relax.Call) else visited
""",
            """from tvm import relax


"""
            + _HELPER
            + """

class Drop(relax.PyExprMutator):
    def visit_call_(self, call):
        args = [self.visit_expr(arg) for arg in call.args]
        before = args[0]
        if isinstance(bound_value(self, before), relax.Call) and bound_value(self, before).op.name == """
            """bound_value(self, bound_value(self, call.args[1]).args[0]).op.name:
            return relax.Call(call.op, [before, *args[1:]], bound_value(self, before).attrs)
        return call.op, bound_value(self, args[1]).op

    def visit_tuple_getitem_(self, op):
        visited = super().visit_tuple_getitem_(op)
        return bound_value(self, visited.tuple_value).args[0] if """
            """isinstance(bound_value(self, visited.tuple_value), relax.Call) else visited
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "def f(call):\n    return call.args[0].op\n",
        "from tvm import relax\n\n\nclass A(relax.PyExprMutator):\n    def visit_call_(self, call):\n"
        "        new = super().visit_call_(call)\n"
        "        return self.lookup_binding(call.args[0]).op, call.args[0].ty, new.op, isinstance(new, relax.Call)\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "Mutator" in text and "tvm" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for functor in functors_of(file).values():
            if functor.kind != MUTATOR:
                continue
            for method in functor.node.body.body:
                if isinstance(method, cst.FunctionDef) and method.params.params:
                    own = method.params.params[0].name
                    for node in looked_into(file, method, OperandsOf(method)):
                        yield Edit(self.id, node, lambda new, own=own: _bound(new, own), helpers=(_HELPER,))


def _bound(node: cst.CSTNode, own: cst.Name) -> cst.CSTNode:
    assert isinstance(node, cst.BaseExpression)
    return cst.Call(cst.Name(_NAME), [cst.Arg(own, comma=_COMMA), cst.Arg(node)])


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))

RULE = MutatorProducers()
