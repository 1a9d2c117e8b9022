"""``has_attr`` and ``has_type`` of patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.dataflow import op_text, patterns_of, quoted_like
from migrate.codemods.names import SourceFile
from migrate.codemods.op_names import AttributeName, any_attribute_name, attribute_name
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target
from tensor_core.ops.registry import registry


class PatternAttributes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.patterns.attributes"
    title: ClassVar[str] = "has_attr names the attributes of Relax, element types are has_dtype, has_type is has_ty"
    explanation: ClassVar[str] = (
        "An element type is no string in Relax, and has_attr finds none by a string: what a call is cast to, or is"
        " accumulated in, is the element type of its result, for which has_dtype asks. Attributes that a Relax operator"
        " calls otherwise are renamed. An attribute that Relax calls do not have can not be matched: the place is left"
        " with what to look at instead. has_type is has_struct_info up to 0.25."
        " Patterns of Relax have no partition."
    )
    facts: ClassVar[str] = (
        "op cards (recorded from TVM 0.19 and 0.27); has_attr in TVM 0.21 (where it never finds a list) and 0.27"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relax.dpl import is_op, wildcard

x = wildcard().has_type(t)
picked = is_op("relax.split")(x).has_attr({"indices_or_sections": 2, "axis": 1})
whole = is_op("relax.astype")(picked).has_attr({"dtype": "int8"})
""",
            """from tvm.relax.dpl import is_op, wildcard

x = wildcard().has_ty(t)
picked = is_op("relax.split")(x).has_attr({"indices_or_sections": 2, "axis": 1})
whole = is_op("relax.astype")(picked).has_dtype("int8")
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'from tvm.relax.dpl import is_op\n\np = is_op("relax.nn.conv2d")(a, b).has_attr({"groups": 1})\n',
        'import numpy\n\nx.has_attr({"channels": 3})\n',
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            'from tvm.relax.dpl import is_op\n\np = is_op("relax.nn.conv2d")(a, b).has_attr({"channels": 3})\n',
            "no attribute channels",
        ),
        Refused('from tvm.relax.dpl import is_op\n\nx = is_op("relax.exp")(p).partition(x)\n', "cut nothing out"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(name in text for name in ("has_attr", "has_type", "partition"))

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        patterns = patterns_of(file)
        if not patterns.any:
            return
        for node in file.attributes.get("has_type", ()):
            word = target.word("has_type")
            yield Edit(self.id, node, lambda node, word=word: node.with_changes(attr=cst.Name(word)))
        for node in file.attributes.get("partition", ()):
            if patterns.is_pattern(node.value):
                reason = "patterns of Relax cut nothing out of an expression"
                yield self.refuse(file, node, reason, _PARTITION, absent=f"{_OLD}.DFPattern.partition")
        for node in file.attributes.get("has_attr", ()):
            call = file.parent(node)
            if isinstance(call, cst.Call) and call.func is node and len(call.args) == 1:
                if _of_element_type(call.args[0].value):
                    yield Edit(self.id, call, _has_dtype)
                    continue
                start = patterns.op_call(node.value)
                yield from self._keys(file, call, op_text(start) if start else None, target)

    def _keys(self, file: SourceFile, call: cst.Call, relay: str | None, target: Target) -> Iterator[Planned]:
        given = call.args[0].value
        if not isinstance(given, cst.Dict):
            return
        if relay is not None and relay not in registry().by_relay:
            relay = _relay_of(relay)
        for element in given.elements:
            if not isinstance(element, cst.DictElement) or not isinstance(element.key, cst.SimpleString):
                continue
            key = element.key.evaluated_value
            if not isinstance(key, str) or key in ("Composite", "Compiler"):
                continue
            fate = attribute_name(relay, key, target) if relay else any_attribute_name(key, target)
            if fate is None or fate.name == key:
                if fate is not None and isinstance(element.value, (cst.List, cst.Tuple)) and not target.since("0.24"):
                    yield self.refuse(file, element, f"has_attr of TVM {target.release} never finds a list", _CHECK)
                continue
            if not fate.name:
                yield self.refuse(file, element, fate.note, _CHECK)
                continue
            yield Edit(self.id, element.key, _renamed(fate), note=fate.note)


def _of_element_type(given: cst.BaseExpression) -> bool:
    """Whether a dictionary of attributes holds an element type alone, and says which."""
    if not isinstance(given, cst.Dict) or len(given.elements) != 1:
        return False
    item = given.elements[0]
    if not isinstance(item, cst.DictElement) or not isinstance(item.key, cst.SimpleString):
        return False
    said = not isinstance(item.value, cst.SimpleString) or item.value.evaluated_value
    return item.key.evaluated_value in ("dtype", "out_dtype") and bool(said)


def _has_dtype(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    item = cst.ensure_type(cst.ensure_type(node.args[0].value, cst.Dict).elements[0], cst.DictElement)
    return node.with_changes(func=node.func.with_changes(attr=cst.Name("has_dtype")), args=[cst.Arg(item.value)])


_OLD = "tvm.relay.dataflow_pattern"
_PARTITION = "partition a module with FuseOpsByPattern"
_CHECK = "take it out of the pattern and look at it in the callback or check function"


def _relay_of(relax: str) -> str | None:
    card = registry().by_relax.get(relax)
    return card.relay.name if card is not None and card.relay is not None else None


def _renamed(fate: AttributeName) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def rewrite(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.SimpleString)
        return quoted_like(node, fate.name)

    return rewrite


RULE = PatternAttributes()
