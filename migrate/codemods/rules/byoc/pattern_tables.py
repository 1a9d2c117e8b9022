"""Pattern tables: ``register_pattern_table`` and the rows (name, pattern, check) of their lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.checks import is_table_row, table_functions
from migrate.codemods.edits import take_out
from migrate.codemods.imports import NameTaken, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Move, Planned, Rule
from migrate.codemods.target import Target

_OLD = "tvm.relay.contrib"
_REGISTER = f"{_OLD}.register_pattern_table"
_GET = f"{_OLD}.get_pattern_table"
_REGISTRY = "tvm.relax.backend.pattern_registry"
_HELPER = '''def unshared(row):
    """The row of a pattern table whose check also refuses matches with inner values that are used elsewhere."""
    name, pattern, *annotations, check = row if len(row) > 2 else (*row, lambda context: True)

    def whole(context):
        return not has_leaking_intermediate_variables(context) and check(context)

    return name, pattern, *(annotations or [{}]), whole
'''
_LEAKING = "has_leaking_intermediate_variables"


class PatternTables(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.pattern_tables"
    title: ClassVar[str] = "Pattern tables are registered with relax.backend, rows say annotations before the check"
    explanation: ClassVar[str] = (
        "The table's function stays, and register_patterns is called with what it returns, turned round: Relay tries"
        " the first row first, Relax hands out the last registered one first. A row (name, pattern, check) becomes"
        " (name, pattern, {}, check): the third place belongs to patterns whose matches the check wants by name; loops"
        " over rows of three take those of four, and what a table says of its rows of three goes."
        " MergeComposite takes no match with an inner value that something else uses, too; FuseOpsByPattern leaves that"
        " to the check, so the rows are registered with a check that asks; empty rows, which it passes over, are not."
    )
    facts: ClassVar[str] = (
        "tvm.relay.op.contrib.register in TVM 0.19; relax.backend.pattern_registry in TVM 0.21 and 0.27 (order of"
        " get_patterns_with_prefix and leaking values run there)"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relax.dpl import is_op, wildcard
from tvm.relay.op.contrib.register import register_pattern_table


@register_pattern_table("npu")
def pattern_table() -> List[Tuple[str, DFPattern, Callable]]:
    relu = is_op("relax.nn.relu")(wildcard())
    rows = [("npu.relu", relu, is_small), ("npu.exp", is_op("relax.exp")(wildcard()))]
    return [row for row in rows] + [(name + "_", p, check) for name, p, check in rows[:1]]


def after():
    pass
""",
            """from tvm.relax.dpl import is_op, wildcard
from tvm.relax.backend.pattern_registry import register_patterns
from tvm.relax.backend.utils import has_leaking_intermediate_variables


"""
            + _HELPER
            + """

def pattern_table():
    relu = is_op("relax.nn.relu")(wildcard())
    rows = [("npu.relu", relu, {}, is_small), ("npu.exp", is_op("relax.exp")(wildcard()))]
    return [row for row in rows] + [(name + "_", p, {}, check) for name, p, *_, check in rows[:1]]


register_patterns([unshared(row) for row in pattern_table()[::-1] if row])


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
            found = [row for row in m.findall(function, m.Tuple()) if isinstance(row, cst.Tuple)]
            rows = [row for row in found if is_table_row(file, row)]
            for row in rows:
                yield Edit(self.id, row, _annotated)
            for maker in {file.around(row, cst.FunctionDef): None for row in rows}:
                returns = maker.returns if isinstance(maker, cst.FunctionDef) else None
                if returns is not None and _says_three(returns):
                    yield Edit(self.id, returns, take_out)
            for loop in m.findall(function, m.For(target=_THREE) | m.CompFor(target=_THREE)):
                assert isinstance(loop, (cst.For, cst.CompFor))
                yield Edit(self.id, loop.target, _longer)
        for use in file.uses_of((_REGISTER,)):
            yield self._registered(file, use)

    def _registered(self, file: SourceFile, use: Use) -> Planned:
        call = use.call
        decorator = file.parent(call) if call is not None else None
        decorator = decorator if isinstance(decorator, cst.Decorator) else None
        function = file.parent(decorator) if decorator is not None else None
        way = way_to(file, use, f"{_REGISTRY}.register_patterns")
        leaking = way_to(file, use, f"tvm.relax.backend.utils.{_LEAKING}")
        for found in (way, leaking):
            if isinstance(found, NameTaken):
                return self.refuse(file, use.node, found.reason, found.hint)
        assert not isinstance(way, NameTaken)
        assert not isinstance(leaking, NameTaken)
        helper = _HELPER.replace(f"{_LEAKING}(", f"{cst.Module([]).code_for_node(leaking.expression)}(")
        if (
            decorator is not None
            and isinstance(function, cst.FunctionDef)
            and all(item.default for item in function.params.params)
        ):
            at = list(function.decorators).index(decorator)
            return Edit(
                self.id,
                function,
                lambda node: _called(node, at, way.expression),
                (*way.imports, *leaking.imports),
                claims=(use.node,),
                helpers=(helper,),
            )
        reason = "the table is not a function without arguments that is decorated here"
        return self.refuse(file, use.node, reason, "call register_patterns with the rows, the most wanted one last")


def _says_three(returns: cst.Annotation) -> bool:
    """Whether a function says that it returns rows of three."""
    three = m.Subscript(m.Name("Tuple") | m.Name("tuple"), [m.SubscriptElement()] * 3)
    return bool(m.findall(returns, three))


def _called(node: cst.CSTNode, at: int, register: cst.BaseExpression) -> cst.FlattenSentinel[cst.CSTNode]:
    assert isinstance(node, cst.FunctionDef)
    decorators = [item for index, item in enumerate(node.decorators) if index != at]
    turned = cst.Subscript(
        cst.Call(cst.Name(node.name.value)),
        [cst.SubscriptElement(cst.Slice(None, None, cst.UnaryOperation(cst.Minus(), cst.Integer("1")), _SECOND))],
    )
    row = cst.Name("row")
    rows = cst.ListComp(cst.Call(cst.Name("unshared"), [cst.Arg(row)]), cst.CompFor(row, turned, ifs=[cst.CompIf(row)]))
    line = cst.SimpleStatementLine([cst.Expr(cst.Call(register, [cst.Arg(rows)]))], leading_lines=[_BLANK, _BLANK])
    return cst.FlattenSentinel([node.with_changes(decorators=decorators), line])


_BLANK = cst.EmptyLine(indent=False)
_SECOND = cst.Colon()


_THREE = m.Tuple([m.Element(m.Name()), m.Element(m.Name()), m.Element(m.Name())])


def _longer(node: cst.CSTNode) -> cst.CSTNode:
    """Names that a row of three or of four is taken apart into."""
    assert isinstance(node, cst.Tuple)
    *first, last = node.elements
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    return node.with_changes(elements=[*first, cst.StarredElement(cst.Name("_"), comma=comma), last])


def _annotated(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Tuple)
    name, pattern, check = node.elements
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if isinstance(pattern.comma, cst.Comma):
        comma = pattern.comma
    return node.with_changes(elements=[name, pattern, cst.Element(cst.Dict([]), comma), check])


RULE = PatternTables()
