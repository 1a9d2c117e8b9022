"""Wrong transforms of Relax modules, as properties that find them."""

from collections.abc import Callable

from migrate.execution import interpret
from migrate.reading import is_relax
from migrate.values import leaves
from migrate.verify.agree import same
from migrate.verify.generate import Program
from migrate.verify.properties import Check, Property
from migrate.verify.verdict import Outcome
from relax_core.ir.expr import Call, Constant, Function, If, Tuple, op
from relax_core.normalize import normalize
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node

Change = Callable[[Node], Node]


class _Everywhere(Rewriter):
    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change

    def leave(self, old: Node, new: Node) -> Node:
        del old
        return self._change(new)


def swapped(node: Node) -> Node:
    return node.replace(args=node.args[::-1]) if isinstance(node, Call) and node.op is op("relax.subtract") else node


def arms(node: Node) -> Node:
    return node.replace(true_branch=node.false_branch, false_branch=node.true_branch) if isinstance(node, If) else node


def last_field(node: Node) -> Node:
    return node.replace(fields=(*node.fields[:-1], node.fields[0])) if isinstance(node, Tuple) and node.fields else node


def constant(node: Node) -> Node:
    return Constant(node.data * 0) if isinstance(node, Constant) else node


def _changed(module: IRModule, change: Change) -> IRModule:
    result = module.copy()
    for var, function in module.functions.items():
        if isinstance(function, Function):
            result.functions[var] = _Everywhere(change).rewrite(function)
    assert is_relax(result)
    return normalize(result)


def wrong_by(name: str, change: Change) -> Property:
    def check(program: Program) -> Check:
        expected = leaves(interpret(program.module, program.args))
        found = same(expected, leaves(interpret(_changed(program.module, change), program.args)))
        return Check(Outcome.DIFFERENT, found, "different") if found else Check(Outcome.EXACT)

    return Property(name, check)
