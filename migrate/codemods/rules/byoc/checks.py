"""Check functions of pattern tables: what Relay hands them is a call, what Relax hands them is a context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.check_helpers import check_helpers, looked_into
from migrate.codemods.checks import check_functions
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_NAME = "producer"
_HELPER = '''def producer(context, expr):
    """What a variable is bound to, in the match or before it; any other expression itself."""
    if expr in context.matched_bindings:
        return context.matched_bindings[expr]
    bound = context.value_to_bound_var.items()
    return next((value for value, var in bound if var.same_as(expr)), expr)
'''


class Checks(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.checks"
    title: ClassVar[str] = "Check functions take the context of a match"
    explanation: ClassVar[str] = (
        "Relay calls a check function with the root of the match, a tree of calls. Relax calls it with a context"
        " whose matched_expr is that root, and whose arguments are variables: matched_bindings tells what they are"
        " bound to within the match, value_to_bound_var what is bound before it, too. Arguments that the function"
        " goes on to look into are followed by a small function that the file gets. Functions that only checks"
        " call, and that look into arguments, too, are handed the context."
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
        Example(
            """from functools import partial

from tvm.relax.dpl import is_op


def root(call, name):
    if call.op.name == name:
        return call
    return root(call.args[0], name)


def small(call):
    return call.attrs.groups == 1


def check(extract):
    return small(root(extract, "relax.nn.conv2d"))


def check_with(call, other):
    return check(call) and root(call, other)


def npu_pattern_table():
    return [("npu.conv", conv(), check), ("npu.sum", both(), partial(check_with, other="relax.add"))]
""",
            """from functools import partial

from tvm.relax.dpl import is_op


"""
            + _HELPER
            + """

def root(context, call, name):
    if call.op.name == name:
        return call
    return root(context, producer(context, call.args[0]), name)


def small(call):
    return call.attrs.groups == 1


def check(context):
    extract = context.matched_expr
    return small(root(context, extract, "relax.nn.conv2d"))


def check_with(context, other):
    call = context.matched_expr
    return check(context) and root(context, call, other)


def npu_pattern_table():
    return [("npu.conv", conv(), check), ("npu.sum", both(), partial(check_with, other="relax.add"))]
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
        helpers = check_helpers(file)
        checks = check_functions(file)
        for function, place in checks.items():
            yield from self._followed(file, function)
            if isinstance(function, cst.Lambda):
                yield Edit(self.id, function, _lambda)
            else:
                yield Edit(self.id, function, lambda node, place=place: _function(node, place))
        for function in helpers.functions:
            yield from self._followed(file, function)
            yield Edit(self.id, function.params, _one_more)
        for call in helpers.calls:
            yield Edit(self.id, call, _handed)
        for call, check in helpers.of_checks:
            yield from self._of_check(file, call, checks[check], checks)

    def _followed(self, file: SourceFile, function: cst.FunctionDef | cst.Lambda) -> Iterator[Planned]:
        for node in looked_into(file, function.body):
            yield Edit(self.id, node, _produced, helpers=(_HELPER,))

    def _of_check(
        self, file: SourceFile, call: cst.Call, place: int, checks: Mapping[cst.FunctionDef | cst.Lambda, int]
    ) -> Iterator[Planned]:
        """A check that another one calls with what it was given itself gets the context."""
        around = file.around(call, cst.FunctionDef, cst.Lambda)
        arg = call.args[place] if place < len(call.args) and not any(item.star for item in call.args) else None
        own = checks.get(around) if isinstance(around, (cst.FunctionDef, cst.Lambda)) else None
        if own is None or not isinstance(around, (cst.FunctionDef, cst.Lambda)) or arg is None:
            yield self.refuse(file, call, "a check is called with something else than its match", _PART)
            return
        given = around.params.params[own].name.value
        if isinstance(arg.value, cst.Name) and arg.value.value == given:
            yield Edit(self.id, arg, _context)
        else:
            yield self.refuse(file, call, "a check is called with a part of the match", _PART)


_PART = "take what it has in common with the other check into a function of its own"


def _context(node: cst.CSTNode) -> cst.CSTNode:
    return node.with_changes(value=_CONTEXT)


def _one_more(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Parameters)
    first = cst.Param(_CONTEXT, comma=_COMMA if node.params else cst.MaybeSentinel.DEFAULT)
    return node.with_changes(params=[first, *node.params])


def _handed(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    return node.with_changes(args=[cst.Arg(_CONTEXT, comma=_COMMA if node.args else _NO_COMMA), *node.args])


_NO_COMMA = cst.MaybeSentinel.DEFAULT


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


def _function(node: cst.CSTNode, place: int) -> cst.CSTNode:
    assert isinstance(node, cst.FunctionDef)
    old = node.params.params[place]
    given = cst.Assign([cst.AssignTarget(cst.Name(old.name.value))], _ROOT)
    new = old.with_changes(name=_CONTEXT, annotation=None)
    params = node.params.with_changes(params=[new if item is old else item for item in node.params.params])
    if isinstance(node.body, cst.SimpleStatementSuite):
        return node.with_changes(params=params, body=node.body.with_changes(body=[given, *node.body.body]))
    line = cst.SimpleStatementLine([given])
    body = list(node.body.body)
    at = 1 if _is_text(body[0]) else 0
    return node.with_changes(params=params, body=node.body.with_changes(body=[*body[:at], line, *body[at:]]))


def _is_text(statement: cst.CSTNode) -> bool:
    return m.matches(statement, m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())]))


RULE = Checks()
