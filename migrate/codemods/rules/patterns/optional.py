"""``p.optional(f)``: a pattern, or what a function makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.dataflow import patterns_of, simple
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target


class Optional(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.patterns.optional"
    title: ClassVar[str] = "p.optional(f) becomes f(p) | p"
    explanation: ClassVar[str] = (
        "Relax patterns have no optional. The alternative that takes more comes first, so that it is preferred as in"
        " Relay. A pattern that is written out in place gets a lambda around it, so that it stays one pattern."
    )
    facts: ClassVar[str] = "tvm.relay.dataflow_pattern.DFPattern.optional in TVM 0.19; OrPattern in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relax.dpl import is_op, wildcard

x = wildcard()
y = x.optional(lambda p: is_op("relax.nn.relu")(p))
z = is_op("relax.exp")(x).optional(lambda q: is_op("relax.nn.relu")(q))
""",
            """from tvm.relax.dpl import is_op, wildcard

x = wildcard()
y = is_op("relax.nn.relu")(x) | x
z = (lambda q: is_op("relax.nn.relu")(q) | q)(is_op("relax.exp")(x))
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("import argparse\n\np = parser.optional(lambda x: x)\n",)

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return ".optional" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        patterns = patterns_of(file)
        for node in file.attributes.get("optional", ()) if patterns.any else ():
            call = file.parent(node)
            if not isinstance(call, cst.Call) or call.func is not node or len(call.args) != 1:
                continue
            alone = isinstance(file.parent(call), (cst.Assign, cst.Return, cst.Arg, cst.Element, cst.AnnAssign))
            yield Edit(self.id, call, _bare if alone else _parenthesized)


def _bare(node: cst.CSTNode) -> cst.BaseExpression:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    base, maker = node.func.value, node.args[0].value
    if not isinstance(maker, cst.Lambda) or len(maker.params.params) != 1:
        if simple(base):
            return _or(cst.Call(_called(maker), [cst.Arg(base)]), base)
        name = cst.Name("pattern")
        body = _or(cst.Call(_called(maker), [cst.Arg(name)]), name)
        maker = cst.Lambda(cst.Parameters([cst.Param(name)]), body)
        return _called_with(maker, base)
    parameter = maker.params.params[0].name
    if simple(base):
        body = maker.body.visit(_Replace(parameter.value, base))
        assert isinstance(body, cst.BaseExpression)
        return _or(body, base)
    return _called_with(maker.with_changes(body=_or(maker.body, parameter)), base)


def _parenthesized(node: cst.CSTNode) -> cst.BaseExpression:
    new = _bare(node)
    return new if isinstance(new, cst.Call) else _in_parentheses(new)


def _called_with(maker: cst.Lambda, base: cst.BaseExpression) -> cst.Call:
    return cst.Call(_in_parentheses(maker), [cst.Arg(base)])


def _called(maker: cst.BaseExpression) -> cst.BaseExpression:
    return maker if isinstance(maker, (cst.Name, cst.Attribute, cst.Call)) else _in_parentheses(maker)


def _or(more: cst.BaseExpression, less: cst.BaseExpression) -> cst.BinaryOperation:
    loose = isinstance(more, (cst.Lambda, cst.IfExp, cst.BooleanOperation, cst.Comparison)) and not more.lpar
    return cst.BinaryOperation(_in_parentheses(more) if loose else more, cst.BitOr(), less)


def _in_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    return node if node.lpar else node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


class _Replace(cst.CSTTransformer):
    """Puts an expression where a name stands."""

    def __init__(self, name: str, new: cst.BaseExpression) -> None:
        super().__init__()
        self._name = name
        self._new = new

    def visit_Attribute_attr(self, node: cst.Attribute) -> None:
        del node

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._new if original_node.value == self._name else updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)


RULE = Optional()
