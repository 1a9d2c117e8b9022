"""The attribute of a function that says which code generator it is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_METHODS = ("with_attr", "without_attr", "has_attr", "get_attr", "get")


class Compiler(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.expressions.compiler_attribute"
    title: ClassVar[str] = 'func.attrs["Compiler"] becomes func.attrs["Codegen"]'
    explanation: ClassVar[str] = (
        "The function attribute that names an external code generator is Compiler in Relay and Codegen in Relax;"
        " Composite, Primitive and global_symbol keep their names."
    )
    facts: ClassVar[str] = "relay.transform.PartitionGraph of TVM 0.19; relax.transform.RunCodegen of TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm


def outside(func: tvm.IRModule):
    if func.attrs and "Compiler" in func.attrs and func.attrs["Compiler"] == "npu":
        return func.without_attr("Compiler")
    return func.with_attr('Compiler', func.attrs.Compiler)
""",
            """import tvm


def outside(func: tvm.IRModule):
    if func.attrs and "Codegen" in func.attrs and func.attrs["Codegen"] == "npu":
        return func.without_attr("Codegen")
    return func.with_attr('Codegen', func.attrs["Codegen"])
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'import tvm\n\n\ndef f(func):\n    return func.attrs["Composite"], "Compiler"\n',
        'def f(func):\n    return func.attrs["Compiler"]\n',
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "Compiler" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        if not file.of_tvm:
            return
        for node in file.attributes.get("Compiler", ()):
            if isinstance(node.value, cst.Attribute) and node.value.attr.value == "attrs":
                yield Edit(self.id, node, _as_item)
        for text in file.strings:
            if text.evaluated_value == "Compiler" and _names_attribute(file, text):
                yield Edit(self.id, text, _codegen)


def _names_attribute(file: SourceFile, text: cst.SimpleString) -> bool:
    """Whether a string names an attribute of a function: an index of attrs, or an argument of what asks for one."""
    around = file.parent(text)
    if isinstance(around, cst.Arg):
        call = file.parent(around)
        return (
            isinstance(call, cst.Call)
            and isinstance(call.func, cst.Attribute)
            and call.func.attr.value in _METHODS
            and call.args[0] is around
        )
    if isinstance(around, cst.Index):
        item = file.around(text, cst.Subscript)
        return isinstance(item, cst.Subscript) and _is_attrs(item.value)
    if isinstance(around, cst.Comparison):
        return any(
            isinstance(item.operator, (cst.In, cst.NotIn)) and _is_attrs(item.comparator) for item in around.comparisons
        )
    return False


def _is_attrs(node: cst.BaseExpression) -> bool:
    name = node.attr if isinstance(node, cst.Attribute) else node
    return isinstance(name, cst.Name) and name.value in ("attrs", "attributes")


def _codegen(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.SimpleString)
    return node.with_changes(value=node.value.replace("Compiler", "Codegen"))


def _as_item(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Attribute)
    index = cst.SubscriptElement(cst.Index(cst.SimpleString('"Codegen"')))
    return cst.Subscript(node.value, [index], lpar=node.lpar, rpar=node.rpar)


RULE = Compiler()
