"""Check functions of pattern tables: what Relay hands them is a call, what Relax hands them is a context."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.checks import check_functions
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_NAME = "producer"
_HELPER = '''def producer(context, expr):
    """What a variable of a matched expression is bound to; any other expression itself."""
    return context.matched_bindings.get(expr, expr)
'''
_TYPES = ("checked_type", "struct_info", "ty", "type_annotation", "dtype")


class Checks(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.checks"
    title: ClassVar[str] = "Check functions take the context of a match"
    explanation: ClassVar[str] = (
        "Relay calls a check function with the root of the match, a tree of calls. Relax calls it with a context whose"
        " matched_expr is that root, and whose arguments are variables: matched_bindings tells what they are bound to,"
        " within the match. Arguments that the function goes on to look into are followed by a small function that the"
        " file gets."
    )
    facts: ClassVar[str] = "MergeComposite of TVM 0.19; PatternCheckContext run in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relax.dpl import is_op


def check(extract):
    conv = extract.args[0]
    return conv.attrs.groups == 1 and conv.args[0].checked_type.dtype == "int8"


def npu_pattern_table():
    return [
        ("npu.conv", conv_relu(), check),
        ("npu.relu", relu(), lambda e: e.args[0].op == add),
    ]
""",
            """from tvm.relax.dpl import is_op


"""
            + _HELPER
            + """

def check(context):
    extract = context.matched_expr
    conv = producer(context, extract.args[0])
    return conv.attrs.groups == 1 and conv.args[0].checked_type.dtype == "int8"


def npu_pattern_table():
    return [
        ("npu.conv", conv_relu(), check),
        ("npu.relu", relu(), lambda context: producer(context, context.matched_expr.args[0]).op == add),
    ]
""",
        ),
        Example(
            """from tvm.relax.dpl import is_op


def checked_by(rule):
    def check(call):
        return rule(call.attrs)

    return check


def npu_pattern_table():
    return [("npu.relu", relu(), checked_by(small))]
""",
            """from tvm.relax.dpl import is_op


def checked_by(rule):
    def check(context):
        call = context.matched_expr
        return rule(call.attrs)

    return check


def npu_pattern_table():
    return [("npu.relu", relu(), checked_by(small))]
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm.relax.dpl import is_op\n\n\ndef check(extract):\n    return extract.args[0].op\n",
        "from tvm.relax.dpl import is_op\n\n\ndef check(context):\n    return context.matched_expr.op\n\n\n"
        "def a_pattern_table():\n    return [('a.b', is_op('relax.add')(), {}, check)]\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "pattern_table" in text or "MergeComposite" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for function in check_functions(file):
            steps = [node for node in m.findall(function.body, _ARGUMENT) if self._looked_into(file, node)]
            for node in steps:
                yield Edit(self.id, node, _produced, helpers=(_HELPER,))
            if isinstance(function, cst.Lambda):
                yield Edit(self.id, function, _lambda)
            else:
                yield Edit(self.id, function, _function)

    def _looked_into(self, file: SourceFile, node: cst.CSTNode) -> bool:
        """Whether more is asked of an argument than its type."""
        parent = file.parent(node)
        if isinstance(parent, cst.Attribute):
            return parent.attr.value not in _TYPES
        return isinstance(parent, (cst.Assign, cst.Arg, cst.Return, cst.NamedExpr, cst.AnnAssign))


_ARGUMENT = m.Subscript(value=m.Attribute(attr=m.Name("args")), slice=[m.SubscriptElement(m.Index())])


def _produced(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Subscript)
    return cst.Call(cst.Name(_NAME), [cst.Arg(cst.Name("context"), comma=_COMMA), cst.Arg(node)])


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
_ROOT = cst.Attribute(cst.Name("context"), cst.Name("matched_expr"))


def _lambda(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Lambda)
    old = node.params.params[0]
    body = node.body.visit(_Named(old.name.value))
    return node.with_changes(params=node.params.with_changes(params=[old.with_changes(name=_CONTEXT)]), body=body)


_CONTEXT = cst.Name("context")


class _Named(cst.CSTTransformer):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return _ROOT if original_node.value == self._name else updated_node


def _function(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.FunctionDef)
    (old,) = node.params.params
    given = cst.Assign([cst.AssignTarget(cst.Name(old.name.value))], _ROOT)
    params = node.params.with_changes(params=[old.with_changes(name=_CONTEXT, annotation=None)])
    if isinstance(node.body, cst.SimpleStatementSuite):
        return node.with_changes(params=params, body=node.body.with_changes(body=[given, *node.body.body]))
    line = cst.SimpleStatementLine([given])
    body = list(node.body.body)
    at = 1 if _is_text(body[0]) else 0
    return node.with_changes(params=params, body=node.body.with_changes(body=[*body[:at], line, *body[at:]]))


def _is_text(statement: cst.CSTNode) -> bool:
    return m.matches(statement, m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())]))


RULE = Checks()
