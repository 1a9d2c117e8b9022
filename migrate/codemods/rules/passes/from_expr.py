"""``IRModule.from_expr`` of an expression that is no function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.helpers import AS_FUNCTION
from migrate.codemods.imports import NameTaken, way_to
from migrate.codemods.names import SourceFile, dotted
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_FROM_EXPR = "tvm.IRModule.from_expr"
_FUNCTIONS = ("func", "function", "fn", "f", "main")


class FromExpr(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.passes.from_expr"
    title: ClassVar[str] = "A module of an expression is made of a function of its free variables"
    explanation: ClassVar[str] = (
        "Relay's IRModule.from_expr takes any expression, and InferType on the module gave it a type. On Relax, an"
        " expression that is no function gives a module without a function: it becomes the body of one, and has a type"
        " then."
    )
    facts: ClassVar[str] = "IRModule.from_expr and BlockBuilder.function in TVM 0.21 and 0.27 (run)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm
from tvm import relax
from tvm.relay.transform import InferType


def typed(expr):
    mod = InferType()(tvm.IRModule.from_expr(expr))
    return mod["main"].body
""",
            """import tvm
from tvm import relax
from tvm.relay.transform import InferType


def as_function(expr):
    \"\"\"An expression as the body of a function of its free variables, which gives it a type; functions stay.\"\"\"
    if isinstance(expr, relax.Function):
        return expr
    builder = relax.BlockBuilder()
    with builder.function("main", relax.analysis.free_vars(expr)):
        builder.emit_func_output(expr)
    return builder.get()["main"]


def typed(expr):
    mod = InferType()(tvm.IRModule.from_expr(as_function(expr)))
    return mod["main"].body
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import tvm\n\nmod = tvm.IRModule.from_expr(expr)\n",
        "from mine import IRModule\n\nmod = IRModule.from_expr(expr)\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "from_expr" in text and "relay" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        if not any(name.startswith("tvm.relay.") for name in file.uses):
            return
        for use in file.uses_of((_FROM_EXPR,)):
            if use.call is None or not use.call.args:
                continue
            given = use.call.args[0]
            if _is_function(file, given.value):
                continue
            way = way_to(file, use, "tvm.relax")
            if isinstance(way, NameTaken):
                yield self.refuse(file, use.call, way.reason, way.hint)
                continue
            helper = AS_FUNCTION.replace("{relax}", cst.Module([]).code_for_node(way.expression))
            yield Edit(self.id, given, _in_function, way.imports, helpers=(helper,))


def _is_function(file: SourceFile, node: cst.BaseExpression) -> bool:
    """Whether an expression says that it is a function."""
    if isinstance(node, cst.Call):
        return file.name_of(node.func).endswith(".Function") or dotted(node.func) == "as_function"
    if isinstance(node, cst.Subscript):
        return True
    return dotted(node).rpartition(".")[2] in _FUNCTIONS


def _in_function(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Arg)
    return node.with_changes(value=cst.Call(cst.Name("as_function"), [cst.Arg(node.value)]))


RULE = FromExpr()
