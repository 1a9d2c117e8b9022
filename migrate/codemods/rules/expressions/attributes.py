"""Attributes and methods of expressions, functions, modules and arrays that are called otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.names import SourceFile, dotted
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_GLOBAL = re.compile(r"(^|_|\.)(g_?v\w*|g_?vars?|global\w*|op)$", re.IGNORECASE)
"""Receivers that hold a GlobalVar by their names: those keep their name_hint."""
_ARRAY = {"numpy", "asnumpy"}
_FORM = {"dtype", "shape"}


class Attributes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.expressions.attributes"
    title: ClassVar[str] = "var.name_hint, const.data, asnumpy() and astext() by their new names, no astuple()"
    explanation: ClassVar[str] = (
        "A variable's name is .name since TVM 0.26 (a global variable's stays .name_hint); a constant's array is .value"
        " since 0.27; arrays turn into NumPy's by numpy(); modules and functions print themselves by script();"
        " what gives several results is a tuple already. A"
        " receiver that is called like a global variable (gv, global_var) or is a call's op keeps name_hint."
    )
    facts: ClassVar[str] = "tvm.relay of TVM 0.19; Var, GlobalVar, Constant and GenericConst of TVM 0.21, 0.26 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm


def show(mod: tvm.IRModule, var, const):
    for gv in mod.get_global_vars():
        print(gv.name_hint)
    print(mod.astext(show_meta_data=False), var.args[1].data.shape)
    weight = var.args[1]
    print(weight.data.dtype)
    return var.name_hint, const.data.asnumpy(), split(var, 2).astuple()
""",
            """import tvm


def show(mod: tvm.IRModule, var, const):
    for gv in mod.get_global_vars():
        print(gv.name_hint)
    print(mod.script(), var.args[1].value.shape)
    weight = var.args[1]
    print(weight.value.dtype)
    return var.name, const.value.numpy(), split(var, 2)
""",
        ),
        Example(
            """import tvm


def show(mod: tvm.IRModule, var, const):
    return var.name_hint, const.data.asnumpy(), mod.astext()
""",
            """import tvm


def show(mod: tvm.IRModule, var, const):
    return var.name_hint, const.data.numpy(), mod.script()
""",
            target="0.25",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import tvm\n\n\ndef f(calls):\n    return calls[0].op.name_hint, bound(calls[1]).op.name_hint\n",
        "import tvm\n\n\ndef f(gv, out):\n    return gv.name_hint, out.numpy()\n",
        "def f(var, out):\n    return var.name_hint, out.asnumpy()\n",
        "import torch\nimport tvm\n\n\ndef f(out):\n    return tvm.cpu(), torch.abs(out), out.data.numpy()\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(word in text for word in ("name_hint", "numpy", "astext", "astuple"))

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if not file.of_tvm:
            return
        name = target.word("name_hint")
        for node in file.attributes.get("name_hint", ()):
            if name != "name_hint" and not is_global(node.value):
                yield _renamed(self.id, node, name)
        for node in file.attributes.get("asnumpy", ()):
            yield _renamed(self.id, node, "numpy")
        for node in () if _of_torch(file) else file.attributes.get("data", ()):
            if target.word("constant_data") != "data" and (
                _turned(file, node) or m.matches(node.value, _OPERAND) or _of_named_operand(file, node)
            ):
                yield _renamed(self.id, node, target.word("constant_data"))
        for node in file.attributes.get("astext", ()):
            call = file.parent(node)
            if isinstance(call, cst.Call) and call.func is node:
                yield Edit(self.id, call, _script)
        for node in file.attributes.get("astuple", ()):
            call = file.parent(node)
            if isinstance(call, cst.Call) and call.func is node:
                yield Edit(self.id, call, _itself)


def _turned(file: SourceFile, node: cst.Attribute) -> bool:
    """Whether an attribute is an array: it becomes one of NumPy's."""
    around = file.parent(node)
    return isinstance(around, cst.Attribute) and around.attr.value in _ARRAY


_OPERAND = m.Subscript(value=m.Attribute(attr=m.Name("args")), slice=[m.SubscriptElement(m.Index())])
"""``call.args[i]``: of what can be one, constants alone have data."""


def _of_named_operand(file: SourceFile, node: cst.Attribute) -> bool:
    """Whether it is the array, asked for its form, of a name that its function gives to an operand."""
    form, function = file.parent(node), file.around(node, cst.FunctionDef)
    if not isinstance(node.value, cst.Name) or not isinstance(function, cst.FunctionDef):
        return False
    if not isinstance(form, cst.Attribute) or form.attr.value not in _FORM:
        return False
    given = m.Assign(targets=[m.AssignTarget(m.Name(node.value.value))], value=_OPERAND)
    return bool(m.findall(function.body, given))


def is_global(receiver: cst.BaseExpression) -> bool:
    """Whether an expression holds a GlobalVar by its name."""
    name = receiver.attr.value if isinstance(receiver, cst.Attribute) else dotted(receiver)
    return _GLOBAL.search(name) is not None


def _of_torch(file: SourceFile) -> bool:
    """Whether an array's .data may be PyTorch's."""
    return any(name.partition(".")[0] == "torch" for name in file.uses)


def _renamed(rule: str, node: cst.Attribute, name: str) -> Edit:
    return Edit(rule, node, lambda new: new.with_changes(attr=cst.Name(name)))


def _itself(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    return node.func.value


def _script(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    return node.with_changes(func=node.func.with_changes(attr=cst.Name("script")), args=[])


RULE = Attributes()
