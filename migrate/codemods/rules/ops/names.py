"""Names of operators in strings: ``call.op.name == "nn.conv2d"``, tables by operator, ``Op.get``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile, dotted
from migrate.codemods.op_names import OpName, op_name
from migrate.codemods.op_parameters import op_arguments, says_op
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_GETS = ("tvm.relay.op.get", "tvm.ir.Op.get", "tvm.relay.op.op.get")


class OpNames(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.ops.names"
    title: ClassVar[str] = 'names of operators in strings: call.op.name == "nn.conv2d" is "relax.nn.conv2d"'
    explanation: ClassVar[str] = (
        "Relax operators are called relax.*, and some otherwise beside that. Names are rewritten where they are"
        " compared with the name of an operator, or given to a function that compares it so, where Op.get is asked for"
        " one, and in keys, indices and collections"
        " that hold a dotted operator name. Where Relax says an operator by several, the one that carries the meaning"
        " is named, and a TODO says what stands around it."
    )
    facts: ClassVar[str] = "op cards: names of TVM 0.19 and of TVM 0.21, 0.25, 0.26 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm

POOLS = ["nn.max_pool2d", "nn.avg_pool2d", "clip"]
HANDLERS = {"nn.relu": 1, 'add': 2}
CONV = tvm.ir.Op.get("nn.conv2d")


def known(call):
    name = call.op.name
    if call.op.name == "transpose" or name in ("add", 'multiply'):
        return True
    return call.op == tvm.ir.Op.get('concatenate')


def root(call, name):
    return call if str(call.op.name) == name else root(call.args[0], name)


def conv(call):
    return root(call, "concatenate")
""",
            """import tvm

POOLS = ["relax.nn.max_pool2d", "relax.nn.avg_pool2d", "relax.clip"]
HANDLERS = {"relax.nn.relu": 1, 'relax.add': 2}
CONV = tvm.ir.Op.get("relax.nn.conv2d")


def known(call):
    name = call.op.name
    if call.op.name == "relax.permute_dims" or name in ("relax.add", 'relax.multiply'):
        return True
    return call.op == tvm.ir.Op.get('relax.concat')


def root(call, name):
    return call if str(call.op.name) == name else root(call.args[0], name)


def conv(call):
    return root(call, "relax.concat")
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'import tvm\n\n\ndef f(call):\n    return call.op.name == "relax.add", "nn.conv2d"\n',
        'import tvm\n\n\ndef f(mode):\n    return mode == "add" or mode in ["clip", "wrap"], tvm.cpu()\n',
        'def f(call):\n    return call.op.name == "add"\n',
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused('import tvm\n\n\ndef f(c):\n    return tvm.cpu(), c.op.name == "nn.lrn"\n', "no operator for nn.lrn"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return '"' in text or "'" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if not file.of_tvm:
            return
        names = _variables(file)
        given = set(op_arguments(file))
        for text in file.strings:
            value = text.evaluated_value
            new = op_name(value, target) if isinstance(value, str) and _plausible(value) else None
            if new is None or not isinstance(value, str) or not (text in given or _is_name(file, text, value, names)):
                continue
            if not new.name:
                yield self.refuse(file, text, new.note)
            else:
                yield Edit(self.id, text, _say(value, new), note=_noted(value, new))


def _plausible(value: str) -> bool:
    return value.replace(".", "").replace("_", "").isalnum()


def _noted(old: str, new: OpName) -> str:
    return f"{old} is {new.name} in Relax: {new.note}" if new.note else ""


def _say(old: str, new: OpName) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def rewrite(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.SimpleString)
        return node.with_changes(value=node.value.replace(old, new.name))

    return rewrite


def _variables(file: SourceFile) -> set[str]:
    """Variables that hold the name of an operator: ``name = call.op.name``."""
    found: set[str] = set()
    for node in file.attributes.get("name", ()):
        around = file.parent(node)
        if says_op(node) and isinstance(around, cst.Assign):
            targets = (item.target for item in around.targets)
            found |= {target.value for target in targets if isinstance(target, cst.Name)}
    return found


def _is_name(file: SourceFile, text: cst.SimpleString, value: str, names: set[str]) -> bool:
    """Whether a string stands where it names an operator."""
    around = file.parent(text)
    is_dotted = "." in value
    if isinstance(around, cst.Arg):
        call = file.parent(around)
        return isinstance(call, cst.Call) and (file.name_of(call.func) in _GETS or _takes_operator(call))
    if isinstance(around, (cst.Comparison, cst.ComparisonTarget)):
        return _compares(file.around(text, cst.Comparison), names, is_dotted)
    if isinstance(around, cst.DictElement):
        return around.key is text and (is_dotted or _of_operators(file.parent(around)))
    if isinstance(around, cst.Index):
        return is_dotted
    if isinstance(around, cst.Element):
        holder = file.parent(around)
        comparison = file.around(around, cst.Comparison, cst.Arg, cst.BaseSmallStatement)
        if isinstance(comparison, cst.Comparison) and _compares(comparison, names, is_dotted):
            return True
        return not isinstance(file.parent(holder) if holder else None, cst.Element) and _of_operators(holder)
    return False


def _takes_operator(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and dotted(call.func).endswith("Op.get")


def _compares(node: cst.CSTNode | None, names: set[str], is_dotted: bool) -> bool:
    if not isinstance(node, cst.Comparison):
        return False
    sides = [node.left, *(item.comparator for item in node.comparisons)]
    return is_dotted or any(says_op(side) or (isinstance(side, cst.Name) and side.value in names) for side in sides)


def _of_operators(holder: cst.CSTNode | None) -> bool:
    """Whether a collection holds names of operators: one of its strings is a dotted one."""
    items: list[cst.BaseExpression] = []
    if isinstance(holder, cst.Dict):
        items = [item.key for item in holder.elements if isinstance(item, cst.DictElement)]
    elif isinstance(holder, (cst.List, cst.Tuple, cst.Set)):
        items = [item.value for item in holder.elements]
    texts = [item.evaluated_value for item in items if isinstance(item, cst.SimpleString)]
    return len(texts) == len(items) and any(
        isinstance(text, str) and "." in text and op_name(text, Target()) is not None for text in texts
    )


RULE = OpNames()
