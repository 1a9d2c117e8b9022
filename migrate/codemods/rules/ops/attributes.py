"""Attributes of calls: ``call.attrs.axis``, ``call.attrs["axis"]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import put
from migrate.codemods.names import SourceFile
from migrate.codemods.op_names import AttributeName, any_attribute_name
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_INSTEAD = {
    "newshape": ("{call}.args[1]", ""),
    "channels": ("{call}.args[1].{type}.shape[0]", "written for a weight whose output axis is the first"),
    "kernel_size": ("list({call}.args[1].{type}.shape)[2:]", "written for a weight laid out OIHW (OIW, OIDHW)"),
    "units": ("{call}.args[1].{type}.shape[-1]", "the second operand of relax.matmul is transposed, so its last axis"),
}
"""What to write for attributes that no operator of Relax has."""
_ALWAYS = {"exclude": "False", "slice_mode": '"end"'}
"""What an attribute that is gone would say of every call in Relax, which has no other form."""
_ANY_OWNER = {"shape", "size", "compiler", "mode", "kind", "sign", "end", "start", "step", "begin", "shift"}
"""Words too common to say that an attribute of Relay's operators is meant, when they follow a variable ``attrs``."""


class CallAttributes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.ops.attributes"
    title: ClassVar[str] = "call.attrs.reps becomes call.attrs.repeats; what became an operand is taken from call.args"
    explanation: ClassVar[str] = (
        "Most attributes keep their names. Some are called otherwise; some are operands in Relax, such as the shape of"
        " reshape and the bounds of clip; some only repeated the shape of a weight; some told of forms that Relax does"
        " not have: its reductions exclude no axes, its slices have an end. Which operator a call is of, only"
        " the program knows: an attribute is taken for that of the operators that have one of its name. Values are"
        " plain Python since TVM 0.24, so .value of one becomes int(...)."
    )
    facts: ClassVar[str] = (
        "attributes of the op cards, recorded from TVM 0.19 and 0.27; call.attrs in TVM 0.21 and 0.27"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm


def tiles(call):
    assert tvm.ir.structural_equal
    groups = call.attrs.groups.value + int(call.attrs["strides"][0].value)
    return call.attrs.reps, call.attrs["reps"], groups
""",
            """import tvm


def tiles(call):
    assert tvm.ir.structural_equal
    groups = int(call.attrs.groups) + int(int(call.attrs["strides"][0]))
    return call.attrs.repeats, call.attrs["repeats"], groups
""",
        ),
        Example(
            """import tvm


def bounds(call):
    return tvm.cpu(), call.attrs.a_min, call.attrs["newshape"], call.attrs.channels


def axes(call, attrs):
    assert not attrs.exclude
    return call.attrs.axis, call.attrs["slice_mode"]
""",
            """import tvm


def bounds(call):
    return tvm.cpu(), call.args[1], call.args[1], call.args[1].ty.shape[0]


def axes(call, attrs):
    assert not False
    return call.attrs.axis, "end"
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import tvm\n\n\ndef f(call):\n    return tvm.cpu(), call.attrs.strides, call.attrs['axis'], call.attrs.my\n",
        "def f(call):\n    return call.attrs.reps\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "import tvm\n\n\ndef f(call):\n    return tvm.cpu(), call.attrs.src_layout\n", "no attribute src_layout"
        ),
        Refused("import tvm\n\n\ndef f(attrs):\n    return tvm.cpu(), attrs.channels\n", "no attribute channels"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "attrs" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if not file.of_tvm:
            return
        for name, nodes in file.attributes.items():
            for node in nodes:
                if _is_attrs(node.value) and not _written(file, node):
                    yield from self._access(file, node, name, node.value, target)
        for text in file.strings:
            name, item = text.evaluated_value, file.around(text, cst.Subscript)
            if not isinstance(name, str) or not isinstance(item, cst.Subscript) or _written(file, item):
                continue
            if isinstance(file.parent(text), cst.Index) and _is_attrs(item.value):
                yield from self._access(file, item, name, item.value, target)
        for node in file.attributes.get("value", ()):
            inner = node.value.value if isinstance(node.value, cst.Subscript) else node.value
            if _reads_attribute(inner) or _reads_attribute(node.value):
                yield Edit(self.id, node, _as_int)

    def _access(
        self,
        file: SourceFile,
        node: cst.Attribute | cst.Subscript,
        name: str,
        attrs: cst.BaseExpression,
        target: Target,
    ) -> Iterator[Planned]:
        new = any_attribute_name(name, target)
        if new is None or new.name == name:
            return
        call = attrs.value if isinstance(attrs, cst.Attribute) else None
        if call is None and name in _ANY_OWNER:
            return
        if new.name:
            yield Edit(self.id, node, lambda node: _renamed(node, new.name))
        elif call is not None and new.operand is not None:
            yield self._instead(node, "{call}.args[" + str(new.operand) + "]", new.note, target)
        elif name in _ALWAYS and (call is not None or isinstance(node, cst.Attribute)):
            yield Edit(self.id, node, put(cst.parse_expression(_ALWAYS[name])))
        elif call is not None and name in _INSTEAD:
            yield self._instead(node, *_INSTEAD[name], target)
        else:
            yield self.refuse(file, node, _why(name, new))

    def _instead(self, node: cst.CSTNode, text: str, note: str, target: Target) -> Edit:
        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, (cst.Attribute, cst.Subscript))
            attrs = node.value
            assert isinstance(attrs, cst.Attribute)
            call = cst.Module([]).code_for_node(attrs.value)
            new = cst.parse_expression(text.format(call=call, type=target.word("type")))
            return new.with_changes(lpar=node.lpar, rpar=node.rpar)

        return Edit(self.id, node, rewrite, note=note)


def _why(name: str, new: AttributeName) -> str:
    return new.note if new.operand is None else f"calls in Relax have no attribute {name}: {new.note}"


def _is_attrs(node: cst.BaseExpression) -> bool:
    name = node.attr if isinstance(node, cst.Attribute) else node
    return isinstance(name, cst.Name) and name.value == "attrs"


def _reads_attribute(node: cst.BaseExpression) -> bool:
    return isinstance(node, (cst.Attribute, cst.Subscript)) and _is_attrs(node.value)


def _written(file: SourceFile, node: cst.CSTNode) -> bool:
    """Whether the place is assigned to: that is a dictionary of the file's own."""
    return isinstance(file.parent(node), (cst.AssignTarget, cst.AugAssign, cst.Del))


def _renamed(node: cst.CSTNode, name: str) -> cst.CSTNode:
    if isinstance(node, cst.Attribute):
        return node.with_changes(attr=cst.Name(name))
    assert isinstance(node, cst.Subscript)
    return node.with_changes(slice=[cst.SubscriptElement(cst.Index(cst.SimpleString(f'"{name}"')))])


def _as_int(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Attribute)
    return cst.Call(cst.Name("int"), [cst.Arg(node.value)], lpar=node.lpar, rpar=node.rpar)


RULE = CallAttributes()
