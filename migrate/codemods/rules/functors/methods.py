"""Methods of mutators and visitors, where they are defined and where they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.functors import WITHOUT, Functor, functors_of, methods
from migrate.codemods.names import SourceFile, dotted
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_NOTES = {
    "visit_function": "the body of a Relax function is a block of bindings: super().visit_function_(op) rewrites it in"
    " the scope of its parameters, and keeps attributes and type",
    "visit_var": "results of calls are variables here, too (those of a dataflow block come to visit_dataflow_var_)",
}


class FunctorMethods(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.functors.methods"
    title: ClassVar[str] = "visit_call is visit_call_, visit is visit_expr"
    explanation: ClassVar[str] = (
        "What Relax calls for each kind of expression ends with an underscore, and the way in is visit_expr. Calls on"
        " self, on super() and on instances that the file makes follow. Methods for what Relax does not have are left"
        " with a reason."
    )
    facts: ClassVar[str] = "PyExprMutator and PyExprVisitor in TVM 0.21 and 0.27 (their _tvm_metadata and a probe)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax


@relax.expr_functor.mutator
class Swap(relax.PyExprMutator):
    def visit_call(self, call):
        call = super().visit_call(call)
        return call

    def run(self, func):
        return self.visit(func)


def swap(func):
    swapper = Swap()
    return Swap().visit(swapper.visit(func))
""",
            """from tvm import relax


@relax.expr_functor.mutator
class Swap(relax.PyExprMutator):
    def visit_call_(self, call):
        call = super().visit_call_(call)
        return call

    def run(self, func):
        return self.visit_expr(func)


def swap(func):
    swapper = Swap()
    return Swap().visit_expr(swapper.visit_expr(func))
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import ast\n\n\nclass A(ast.NodeVisitor):\n    def visit_call(self, node):\n        self.visit(node)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relax\n\n\nclass A(relax.PyExprVisitor):\n    def visit_let(self, let):\n        pass\n",
            "visit_var_binding_",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "visit" in text and "tvm" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        functors = functors_of(file)
        if not functors:
            return
        names = methods(target)
        for functor in functors.values():
            yield from self._defined(file, functor, names)
        for old, new in names.items():
            for node in file.attributes.get(old, ()):
                if _on_functor(file, node, functors):
                    yield Edit(self.id, node, _called(new))
        for old, reason in WITHOUT.items():
            for node in file.attributes.get(old, ()):
                if _is_super(node.value) and _inside(file, node, functors):
                    yield self.refuse(file, node, reason, absent=f"tvm.relay.ExprFunctor.{old}")

    def _defined(self, file: SourceFile, functor: Functor, names: Mapping[str, str]) -> Iterator[Planned]:
        for node in functor.node.body.body:
            if not isinstance(node, cst.FunctionDef):
                continue
            old = node.name.value
            if old in WITHOUT:
                yield self.refuse(file, node, WITHOUT[old], "see visit_binding and its siblings in relax.expr_functor")
            elif old in names:
                yield Edit(self.id, node.name, _named(names[old]), note=_NOTES.get(old, ""))


def _on_functor(file: SourceFile, node: cst.Attribute, functors: Mapping[str, Functor]) -> bool:
    receiver = node.value
    if _is_super(receiver):
        return _inside(file, node, functors)
    if isinstance(receiver, cst.Call):
        return dotted(receiver.func) in functors
    if not isinstance(receiver, cst.Name):
        return False
    if receiver.value in ("self", *functors):
        return _inside(file, node, functors)
    function = file.around(node, cst.FunctionDef) or file.module
    made = m.findall(function, m.Assign(targets=[m.AssignTarget(m.Name(receiver.value))], value=m.Call(m.Name())))
    return any(
        isinstance(item, cst.Assign) and isinstance(item.value, cst.Call) and dotted(item.value.func) in functors
        for item in made
    )


def _is_super(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and dotted(node.func) == "super"


def _inside(file: SourceFile, node: cst.CSTNode, functors: Mapping[str, Functor]) -> bool:
    around = file.around(node, cst.ClassDef)
    while isinstance(around, cst.ClassDef):
        if around.name.value in functors:
            return True
        around = file.around(around, cst.ClassDef)
    return False


def _called(new: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    return lambda node: node.with_changes(attr=cst.Name(new))


def _named(new: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    return lambda node: node.with_changes(value=new)


RULE = FunctorMethods()
