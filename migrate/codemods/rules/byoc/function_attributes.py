"""The attribute ``Compiler`` of functions for an external compiler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.dataflow import quoted_like
from migrate.codemods.edits import put
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_METHODS = ("with_attr", "without_attr", "get", "get_attr", "has_attr")


class FunctionAttributes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.function_attributes"
    title: ClassVar[str] = "The attribute Compiler of functions is called Codegen"
    explanation: ClassVar[str] = (
        "A function for an external compiler carries its name in the attribute Codegen; Composite, Primitive and"
        " global_symbol are called as they were. The name is looked for where attributes are: in attrs[...], in"
        " comparisons with attrs, in with_attr and its like, and as attrs.Compiler."
    )
    facts: ClassVar[str] = "PartitionGraph of TVM 0.19; MergeCompositeFunctions of TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.ir import IRModule


def mine(func: IRModule):
    if func.attrs and "Compiler" in func.attrs and func.attrs["Compiler"] == "npu":
        return func.attrs.Compiler
    return func.with_attr("Compiler", "npu")
""",
            """from tvm.ir import IRModule


def mine(func: IRModule):
    if func.attrs and "Codegen" in func.attrs and func.attrs["Codegen"] == "npu":
        return func.attrs["Codegen"]
    return func.with_attr("Codegen", "npu")
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'from tvm.ir import IRModule\n\nNAME = "Compiler"\nx = table["Compiler"]\n',
        'x = func.attrs["Compiler"]\n',
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "Compiler" in text and "tvm" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        if not any(name.startswith("tvm") for name in file.uses):
            return
        for node in file.attributes.get("Compiler", ()):
            if isinstance(node.value, cst.Attribute) and node.value.attr.value == "attrs":
                yield Edit(self.id, node, _subscript)
        for node in m.findall(file.module, m.SimpleString()):
            if isinstance(node, cst.SimpleString) and node.raw_value == "Compiler" and self._of_attributes(file, node):
                yield Edit(self.id, node, put(quoted_like(node, "Codegen")))

    def _of_attributes(self, file: SourceFile, node: cst.SimpleString) -> bool:
        parent = file.parent(node)
        if isinstance(parent, cst.Index):
            around = file.around(parent, cst.Subscript)
            return isinstance(around, cst.Subscript) and _attributes(around.value)
        if isinstance(parent, cst.Comparison):
            return any(_attributes(item.comparator) for item in parent.comparisons)
        call = file.parent(parent) if isinstance(parent, cst.Arg) else None
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.args[0] is parent:
            return call.func.attr.value in _METHODS[:2] or (
                call.func.attr.value in _METHODS and _attributes(call.func.value)
            )
        return False


def _attributes(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        node = node.func.value
    return isinstance(node, cst.Attribute) and node.attr.value == "attrs"


def _subscript(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Attribute)
    key = cst.SubscriptElement(cst.Index(cst.SimpleString('"Codegen"')))
    return cst.Subscript(node.value, [key], lpar=node.lpar, rpar=node.rpar)


RULE = FunctionAttributes()
