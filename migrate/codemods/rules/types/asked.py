"""How an expression is asked for its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_WORDS = {"checked_type": "type", "type_annotation": "type", "ret_type": "result_type"}
_STORED = "_checked_type_"


class AskedTypes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.types.asked"
    title: ClassVar[str] = "expr.checked_type becomes expr.ty (struct_info before TVM 0.26)"
    explanation: ClassVar[str] = (
        "Relax deduces the type of an expression when it is made; it is .struct_info until TVM 0.25 and .ty since 0.26,"
        " for variables and functions, too. Shapes can be indexed, counted and walked over as in Relay, lists of them"
        " are sliced; they are None where only the rank is known. A call's type_args are the types of its arguments,"
        " concrete_shape is its shape as numbers. What a call that was just made returns has a type only once a"
        " BlockBuilder normalized it."
    )
    facts: ClassVar[str] = "tvm.ir.RelayExpr of TVM 0.19; tvm.relax.Expr and ShapeExpr of TVM 0.21, 0.26 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm


def fits(call: tvm.ir.Op):
    data = call.args[0].checked_type
    if data.shape[0] != 1 or call.checked_type.dtype != "int8":
        return False
    return call.type_args[1].concrete_shape == (3, 3) and len(call.type_args) == 2
""",
            """import tvm


def fits(call: tvm.ir.Op):
    data = call.args[0].ty
    if data.shape[0] != 1 or call.ty.dtype != "int8":
        return False
    return tuple(int(size) for size in call.args[1].ty.shape) == (3, 3) and len([arg.ty for arg in call.args]) == 2
""",
        ),
        Example(
            """import tvm


def types(func: tvm.IRModule):
    inner = func.body.checked_type.shape[1:]
    return [param.type_annotation for param in func.params], func.ret_type, func.body._checked_type_, inner
""",
            """import tvm


def types(func: tvm.IRModule):
    inner = list(func.body.struct_info.shape)[1:]
    return [param.struct_info for param in func.params], func.ret_struct_info, func.body.struct_info, inner
""",
            target="0.25",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import tvm\n\n\ndef f(x):\n    return x.ty.shape\n",
        "def f(x):\n    return x.checked_type  # no TVM here\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(word in text for word in (*_WORDS, "type_args", "concrete_shape"))

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if not file.of_tvm:
            return
        for old, word in _WORDS.items():
            yield from (self._renamed(node, target.word(word)) for node in file.attributes.get(old, ()))
        yield from (self._renamed(node, target.word("type")) for node in file.attributes.get(_STORED, ()))
        for node in file.attributes.get("shape", ()):
            around = file.parent(node)
            if isinstance(around, cst.Subscript) and around.value is node and _is_sliced_type(around):
                yield Edit(self.id, node, _listed)
        for node in file.attributes.get("concrete_shape", ()):
            yield Edit(self.id, node, _concrete)
        for node in file.attributes.get("type_args", ()):
            around = file.parent(node)
            if isinstance(around, cst.Subscript) and around.value is node:
                yield Edit(self.id, around, lambda new: _of_argument(new, target.word("type")))
            else:
                yield Edit(self.id, node, lambda new: _of_arguments(new, target.word("type")))

    def _renamed(self, node: cst.Attribute, name: str) -> Edit:
        return Edit(self.id, node, lambda new: new.with_changes(attr=cst.Name(name)))


def _is_sliced_type(node: cst.Subscript) -> bool:
    """Whether a part of a shape is taken of what is known to be a type."""
    assert isinstance(node.value, cst.Attribute)
    held = node.value.value
    return (
        isinstance(held, cst.Attribute)
        and held.attr.value in (*_WORDS, _STORED)
        and any(isinstance(item.slice, cst.Slice) for item in node.slice)
    )


def _listed(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Attribute)
    return cst.Call(cst.Name("list"), [cst.Arg(node)])


def _concrete(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Attribute)
    shape = cst.Module([]).code_for_node(node.with_changes(attr=cst.Name("shape"), lpar=[], rpar=[]))
    return cst.parse_expression(f"tuple(int(size) for size in {shape})")


def _of_argument(node: cst.CSTNode, word: str) -> cst.CSTNode:
    assert isinstance(node, cst.Subscript)
    assert isinstance(node.value, cst.Attribute)
    bare = node.with_changes(value=node.value.with_changes(attr=cst.Name("args")), lpar=[], rpar=[])
    return cst.Attribute(bare, cst.Name(word), lpar=node.lpar, rpar=node.rpar)


def _of_arguments(node: cst.CSTNode, word: str) -> cst.CSTNode:
    assert isinstance(node, cst.Attribute)
    args = cst.Module([]).code_for_node(node.with_changes(attr=cst.Name("args"), lpar=[], rpar=[]))
    return cst.parse_expression(f"[arg.{word} for arg in {args}]")


RULE = AskedTypes()
