"""Classes that derive from PyExprMutator or PyExprVisitor need a decorator, and derive from the class inside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.functors import FUNCTOR, MUTATOR, VISITOR, Functor, functors_of
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use, dotted
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target


class FunctorDecorators(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.functors.decorators"
    title: ClassVar[str] = "Mutators and visitors get the decorator that Relax needs"
    explanation: ClassVar[str] = (
        "relax.expr_functor.mutator and visitor connect the Python methods with the walk in C++; without them no method"
        " is called. A decorated class cannot be derived from: a class below it derives from its _cls. Its name stands"
        " for what the decorator made, of which self is no instance: super(Count, self) is super()."
    )
    facts: ClassVar[str] = "tvm.relax.expr_functor.mutator and derived_object in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax


class Count(relax.PyExprVisitor):
    def __init__(self, limit):
        super(Count, self).__init__()
        self.limit = limit


class CountMore(Count):
    pass
""",
            """from tvm import relax


@relax.expr_functor.visitor
class Count(relax.PyExprVisitor):
    def __init__(self, limit):
        super().__init__()
        self.limit = limit


@relax.expr_functor.visitor
class CountMore(Count._cls):
    pass
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\n\n@relax.expr_functor.visitor\nclass Count(relax.PyExprVisitor):\n    pass\n",
        "from tvm import relax\n\n\nclass Count(relax.ExprFunctor):\n    pass\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "Expr" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        functors = functors_of(file)
        for functor in functors.values():
            if functor.kind != FUNCTOR:
                yield from self._supers(functor)
        for functor in functors.values():
            if functor.kind == FUNCTOR or self._decorated(functor):
                continue
            use = _first_use(file, functor)
            if use is None:
                continue
            way = way_to(file, use, "tvm.relax")
            if isinstance(way, NameTaken):
                yield self.refuse(file, functor.node, way.reason, way.hint)
                continue
            decorator = cst.Decorator(attribute(way.expression, "expr_functor", functor.kind))
            inner = functor.base if not functor.direct else None
            yield Edit(self.id, functor.node, lambda node, d=decorator, i=inner: _decorated(node, d, i), way.imports)

    def _supers(self, functor: Functor) -> Iterator[Planned]:
        own = m.Call(m.Name("super"), [m.Arg(m.Name(functor.node.name.value)), m.Arg(m.Name("self"))])
        for call in m.findall(functor.node, own):
            yield Edit(self.id, call, lambda node: node.with_changes(args=[]))

    def _decorated(self, functor: Functor) -> bool:
        names = [dotted(item.decorator).rpartition(".")[2] for item in functor.node.decorators]
        return any(name in (MUTATOR, VISITOR) for name in names)


def _first_use(file: SourceFile, functor: Functor) -> Use | None:
    use = file.use_of(functor.base)
    if use is not None:
        return use
    found = [use for uses in file.uses.values() for use in uses if use.name.startswith("tvm.rela")]
    return found[0] if found else None


def _decorated(node: cst.CSTNode, decorator: cst.Decorator, inner: cst.BaseExpression | None) -> cst.CSTNode:
    assert isinstance(node, cst.ClassDef)
    bases = node.bases
    if inner is not None and isinstance(inner, cst.Name):
        bases = [
            arg.with_changes(value=cst.Attribute(arg.value, cst.Name("_cls")))
            if isinstance(arg.value, cst.Name) and arg.value.value == inner.value
            else arg
            for arg in node.bases
        ]
    if not node.decorators:
        # Blank lines and comments above the class stay above all of it.
        return node.with_changes(decorators=[decorator], bases=bases)
    return node.with_changes(decorators=[*node.decorators, decorator], bases=bases)


RULE = FunctorDecorators()
