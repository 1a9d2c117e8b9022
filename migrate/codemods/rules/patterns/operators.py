"""``p + q`` of patterns: Relax patterns have no arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.dataflow import NEW_MODULE, OLD_MODULE, patterns_of
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_OPERATORS: dict[type[cst.BaseBinaryOp], str] = {
    cst.Add: "relax.add",
    cst.Subtract: "relax.subtract",
    cst.Multiply: "relax.multiply",
    cst.Divide: "relax.divide",
}


class Operators(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.patterns.operators"
    title: ClassVar[str] = "Arithmetic of patterns is written as is_op"
    explanation: ClassVar[str] = (
        'Relay reads p + q of two patterns as is_op("add")(p, q); Relax raises TypeError there. What is a pattern is'
        " followed through assignments to names and to attributes of self."
    )
    facts: ClassVar[str] = "tvm.relay.dataflow_pattern.DFPattern in TVM 0.19; TypeError in TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relax.dpl import is_op, wildcard


class Scaled:
    def __init__(self):
        self.x = wildcard()
        self.scale = wildcard()
        self.pattern = self.x * self.scale + wildcard()
""",
            """from tvm.relax.dpl import is_op, wildcard


class Scaled:
    def __init__(self):
        self.x = wildcard()
        self.scale = wildcard()
        self.pattern = is_op("relax.add")(is_op("relax.multiply")(self.x, self.scale), wildcard())
""",
        ),
        Example(
            "from tvm.relax.dpl import wildcard\n\nx = wildcard() / wildcard()\n",
            "from tvm.relax.dpl import wildcard\nfrom tvm.relax.dpl import is_op\n\n"
            'x = is_op("relax.divide")(wildcard(), wildcard())\n',
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm.relax.dpl import wildcard\n\nx = wildcard()\ny = 1 + 2 * z\nw = x | x\n",
        "x = wildcard() + wildcard()\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "dataflow_pattern" in text or "dpl" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        patterns = patterns_of(file)
        if not patterns.any:
            return
        start = next((uses[0] for name, uses in file.uses.items() if name.startswith((OLD_MODULE, NEW_MODULE))), None)
        names = file.uses_of((f"{OLD_MODULE}.is_op", f"{NEW_MODULE}.is_op"))
        for node in m.findall(file.module, m.BinaryOperation()):
            assert isinstance(node, cst.BinaryOperation)
            operator = _OPERATORS.get(type(node.operator))
            if operator is None or start is None or not (_either(patterns.is_pattern, node)):
                continue
            if names and isinstance(names[0].node, cst.Name):
                yield Edit(self.id, node, _written(names[0].node, operator))
                continue
            way = way_to(file, start, f"{NEW_MODULE}.is_op")
            if isinstance(way, NameTaken):
                way = way_to(file, start, NEW_MODULE)
                if isinstance(way, NameTaken):
                    yield self.refuse(file, node, way.reason, way.hint)
                    continue
                yield Edit(self.id, node, _written(attribute(way.expression, "is_op"), operator), way.imports)
                continue
            yield Edit(self.id, node, _written(way.expression, operator), way.imports)


def _either(test: Callable[[cst.BaseExpression], bool], node: cst.BinaryOperation) -> bool:
    return test(node.left) or test(node.right)


def _written(is_op: cst.BaseExpression, operator: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def rewrite(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.BinaryOperation)
        maker = cst.Call(is_op, [cst.Arg(cst.SimpleString(f'"{operator}"'))])
        return cst.Call(maker, [cst.Arg(node.left), cst.Arg(node.right)])

    return rewrite


RULE = Operators()
