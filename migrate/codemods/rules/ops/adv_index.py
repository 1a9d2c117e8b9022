"""``adv_index``: the tensor and its indices are two arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_OLD = "tvm.relay.adv_index"


class AdvIndex(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.ops.adv_index"
    title: ClassVar[str] = "adv_index([data, *indices]) becomes index_tensor(data, indices)"
    explanation: ClassVar[str] = (
        "Relay takes the tensor and the tensors that index it as one list, Relax as two arguments. A list that is"
        " written out is taken apart, so is the sum of a list of one and others; of a variable the first element is"
        " taken, and what follows it."
    )
    facts: ClassVar[str] = "adv_index in TVM 0.19 beside relax.op.index_tensor in TVM 0.21 and 0.27: the same (run)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay


def pick(x, inputs, indices):
    first = relay.adv_index([relay.transpose(x), indices[0]])
    return relay.op.adv_index([first] + indices), relay.adv_index(inputs=inputs)
""",
            """from tvm import relay
from tvm import relax


def pick(x, inputs, indices):
    first = relax.op.index_tensor(relay.transpose(x), [indices[0]])
    return relax.op.index_tensor(first, indices), relax.op.index_tensor(inputs[0], inputs[1:])
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from tvm import relax\n\ny = relax.op.index_tensor(x, [i])\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\ny = relay.adv_index(made())\n", "taken apart"),
        Refused("from tvm import relay\n\ntake = relay.adv_index\n", "used as a value"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "adv_index" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for use in file.uses_of((_OLD,)):
            yield self._plan(file, use)

    def _plan(self, file: SourceFile, use: Use) -> Planned:
        hint = "give the tensor and the tuple of its indices to relax.op.index_tensor"
        if use.call is None:
            return self.refuse(file, use.node, "the function is used as a value, not called", hint)
        bound = bind(use.call, ("inputs",))
        if isinstance(bound, str) or not bound or _parts(bound["inputs"].value) is None:
            return self.refuse(file, use.call, "its list of tensors cannot be taken apart here", hint)
        way = way_to(file, use, "tvm.relax")
        if isinstance(way, NameTaken):
            return self.refuse(file, use.call, way.reason, way.hint)

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            parts = _parts(node.args[0].value)
            assert parts is not None, "the arguments changed inside only"
            return node.with_changes(
                func=attribute(way.expression, "op", "index_tensor"), args=[cst.Arg(part) for part in parts]
            )

        return Edit(self.id, use.call, rewrite, way.imports)


def _parts(value: cst.BaseExpression) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """The tensor and its indices in an expression of the whole list; None where that cannot be told."""
    if isinstance(value, (cst.List, cst.Tuple)):
        first, *rest = value.elements or (None,)
        if not isinstance(first, cst.Element) or not rest or not all(isinstance(item, cst.Element) for item in rest):
            return None
        return first.value, cst.List([cst.Element(item.value) for item in rest])
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add):
        alone = isinstance(value.left, (cst.List, cst.Tuple)) and len(value.left.elements) == 1
        first = value.left.elements[0] if isinstance(value.left, (cst.List, cst.Tuple)) and alone else None
        return (first.value, value.right) if isinstance(first, cst.Element) else None
    if isinstance(value, (cst.Name, cst.Attribute)):
        text = cst.Module([]).code_for_node(value)
        return cst.parse_expression(f"{text}[0]"), cst.parse_expression(f"{text}[1:]")
    return None


RULE = AdvIndex()
