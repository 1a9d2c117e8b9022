"""Pattern tables: ``register_pattern_table`` and the rows (name, pattern, check) of their lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.checks import is_table_row, table_functions
from migrate.codemods.imports import NameTaken, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Move, Planned, Rule
from migrate.codemods.target import Target

_OLD = "tvm.relay.contrib"
_REGISTER = f"{_OLD}.register_pattern_table"
_GET = f"{_OLD}.get_pattern_table"
_REGISTRY = "tvm.relax.backend.pattern_registry"


class PatternTables(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.pattern_tables"
    title: ClassVar[str] = "Pattern tables are registered with relax.backend, rows say annotations before the check"
    explanation: ClassVar[str] = (
        "The table's function stays, and register_patterns is called with what it returns, turned round: Relay tries"
        " the first row first, Relax hands out the last registered one first. A row (name, pattern, check) becomes"
        " (name, pattern, {}, check): the third place belongs to patterns whose matches the check wants by name."
    )
    facts: ClassVar[str] = (
        "tvm.relay.op.contrib.register in TVM 0.19; relax.backend.pattern_registry in TVM 0.21 and 0.27 (order of"
        " get_patterns_with_prefix run there)"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relax.dpl import is_op, wildcard
from tvm.relay.op.contrib.register import register_pattern_table


@register_pattern_table("npu")
def pattern_table():
    relu = is_op("relax.nn.relu")(wildcard())
    return [("npu.relu", relu, is_small), ("npu.exp", is_op("relax.exp")(wildcard()))]


def after():
    pass
""",
            """from tvm.relax.dpl import is_op, wildcard
from tvm.relax.backend.pattern_registry import register_patterns


def pattern_table():
    relu = is_op("relax.nn.relu")(wildcard())
    return [("npu.relu", relu, {}, is_small), ("npu.exp", is_op("relax.exp")(wildcard()))]


register_patterns(pattern_table()[::-1])


def after():
    pass
""",
        ),
        Example(
            "from tvm.relay.op.contrib import get_pattern_table\n\ntable = get_pattern_table('npu')\n",
            "from tvm.relax.backend.pattern_registry import get_patterns_with_prefix\n\n"
            "table = get_patterns_with_prefix('npu')\n",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from mine import register_pattern_table\n\n\n@register_pattern_table('a')\ndef f():\n    return []\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "pattern_table" in text or "MergeComposite" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for use in file.uses_of((_GET,)):
            yield Move(self.id, use, f"{_REGISTRY}.get_patterns_with_prefix")
        for function in table_functions(file):
            for row in m.findall(function, m.Tuple()):
                if isinstance(row, cst.Tuple) and is_table_row(file, row):
                    yield Edit(self.id, row, _annotated)
        for use in file.uses_of((_REGISTER,)):
            yield self._registered(file, use)

    def _registered(self, file: SourceFile, use: Use) -> Planned:
        call = use.call
        decorator = file.parent(call) if call is not None else None
        decorator = decorator if isinstance(decorator, cst.Decorator) else None
        function = file.parent(decorator) if decorator is not None else None
        way = way_to(file, use, f"{_REGISTRY}.register_patterns")
        if isinstance(way, NameTaken):
            return self.refuse(file, use.node, way.reason, way.hint)
        if (
            decorator is not None
            and isinstance(function, cst.FunctionDef)
            and all(item.default for item in function.params.params)
        ):
            at = list(function.decorators).index(decorator)
            return Edit(
                self.id, function, lambda node: _called(node, at, way.expression), way.imports, claims=(use.node,)
            )
        reason = "the table is not a function without arguments that is decorated here"
        return self.refuse(file, use.node, reason, "call register_patterns with the rows, the most wanted one last")


def _called(node: cst.CSTNode, at: int, register: cst.BaseExpression) -> cst.FlattenSentinel[cst.CSTNode]:
    assert isinstance(node, cst.FunctionDef)
    decorators = [item for index, item in enumerate(node.decorators) if index != at]
    turned = cst.Subscript(
        cst.Call(cst.Name(node.name.value)),
        [cst.SubscriptElement(cst.Slice(None, None, cst.UnaryOperation(cst.Minus(), cst.Integer("1")), _SECOND))],
    )
    line = cst.SimpleStatementLine([cst.Expr(cst.Call(register, [cst.Arg(turned)]))], leading_lines=[_BLANK, _BLANK])
    return cst.FlattenSentinel([node.with_changes(decorators=decorators), line])


_BLANK = cst.EmptyLine(indent=False)
_SECOND = cst.Colon()


def _annotated(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Tuple)
    name, pattern, check = node.elements
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if isinstance(pattern.comma, cst.Comma):
        comma = pattern.comma
    return node.with_changes(elements=[name, pattern, cst.Element(cst.Dict([]), comma), check])


RULE = PatternTables()
