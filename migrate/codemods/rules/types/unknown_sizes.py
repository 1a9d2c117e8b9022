"""``isinstance(size, tvm.tir.Any)``: a size that is not a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_ANY = ("tvm.tir.Any", "tvm.relay.Any")
_LOOSER = (
    cst.If, cst.While, cst.Return, cst.Assign, cst.BooleanOperation, cst.CompIf, cst.GeneratorExp, cst.ListComp,
    cst.Arg, cst.Lambda, cst.Assert, cst.Element, cst.IfExp,
)  # fmt: skip
"""Around these, ``not`` needs no parentheses."""


class UnknownSizes(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.types.unknown_sizes"
    title: ClassVar[str] = "isinstance(size, tir.Any) asks whether the size is no number"
    explanation: ClassVar[str] = (
        "An unknown size of a Relay type is Any; a Relax type has a symbolic expression there, so what is no number is"
        " unknown. Any itself is gone: which variable stands for a size that is made, the author knows."
    )
    facts: ClassVar[str] = "Any of TVM 0.19; shapes of relax types in TVM 0.21 and 0.27; Any is mapped so by forward/"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm


def known(shape):
    if any(isinstance(size, tvm.tir.Any) for size in shape):
        return [] if isinstance(shape[0], tvm.tir.expr.Any) == True else None
    return [int(size) for size in shape if not isinstance(size, tvm.tir.Any)]
""",
            """import tvm


def known(shape):
    if any(not isinstance(size, (int, tvm.tirx.IntImm)) for size in shape):
        return [] if (not isinstance(shape[0], (int, tvm.tirx.IntImm))) == True else None
    return [int(size) for size in shape if isinstance(size, (int, tvm.tirx.IntImm))]
""",
        ),
        Example(
            """from tvm import relay


def known(size):
    return not isinstance(size, relay.Any)
""",
            """from tvm import tir


def known(size):
    return isinstance(size, (int, tir.IntImm))
""",
            target="0.21",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from typing import Any\n\n\ndef f(x):\n    return isinstance(x, Any)\n",
        "import tvm\n\n\ndef f(size):\n    return isinstance(size, (int, tvm.tirx.IntImm))\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "Any" in text and "isinstance" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of(_ANY):
            call = _asked(file, use)
            if call is None:
                continue
            way = way_to(file, use, target.word("tir"))
            if isinstance(way, NameTaken):
                yield self.refuse(file, call, way.reason, way.hint)
                continue
            around = file.parent(call)
            negated = isinstance(around, cst.UnaryOperation) and isinstance(around.operator, cst.Not)
            bare = isinstance(around, _LOOSER) or bool(call.lpar)
            number = attribute(way.expression, "IntImm")
            yield Edit(
                self.id,
                around if negated and around is not None else call,
                lambda node, number=number, bare=bare: _turned(node, number, bare=bare),
                way.imports,
                claims=(use.node,),
            )


def _turned(node: cst.CSTNode, number: cst.BaseExpression, *, bare: bool) -> cst.CSTNode:
    """``isinstance(x, Any)`` as ``not isinstance(x, (int, number))``; with ``not`` before it, without."""
    kinds = cst.Tuple([cst.Element(cst.Name("int")), cst.Element(number)])
    call = node.expression if isinstance(node, cst.UnaryOperation) else node
    assert isinstance(call, cst.Call)
    asked = call.with_changes(args=[call.args[0], call.args[1].with_changes(value=kinds)])
    if isinstance(node, cst.UnaryOperation):
        return asked.with_changes(lpar=node.lpar, rpar=node.rpar)
    if bare:
        return cst.UnaryOperation(cst.Not(), asked)
    return cst.UnaryOperation(cst.Not(), asked, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _asked(file: SourceFile, use: Use) -> cst.Call | None:
    """The call ``isinstance(size, Any)`` whose second argument a use is; None elsewhere."""
    arg = file.parent(use.node)
    call = file.parent(arg) if isinstance(arg, cst.Arg) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Name) or call.func.value != "isinstance":
        return None
    return call if len(call.args) == 2 and call.args[1].value is use.node else None


RULE = UnknownSizes()
