"""Stand-ins that an earlier run put: a port that is run again says what is still to be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Left, Planned, Refused, Rule
from migrate.codemods.stubs import NAME
from migrate.codemods.target import Target
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, Severity


class StandIns(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.stand_ins"
    title: ClassVar[str] = "Stand-ins of an earlier port are still to be replaced"
    explanation: ClassVar[str] = (
        "Where a name of Relay's has no counterpart, port puts a stand-in that raises NotPorted when the code needs it,"
        " and a TODO. Running port or scan again reports each stand-in under the rule that left it."
    )
    facts: ClassVar[str] = "what port writes itself"
    examples: ClassVar[tuple[Example, ...]] = ()
    valid: ClassVar[tuple[str, ...]] = ("from mine import not_ported\n\nx = not_ported(3)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            'x = not_ported("tvm.relay.quantize.quantize", "relay.manual.quantization")\n',
            "tvm.relay.quantize.quantize is not ported yet",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return NAME in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for call in file.calls:
            if not isinstance(call.func, cst.Name) or call.func.value != NAME or len(call.args) < 2:
                continue
            name, rule = (_text(arg) for arg in call.args[:2])
            if name and rule:
                message = f"{rule}: {name} is not ported yet"
                hint = "docs/howto/port_by_hand.md tells what to do instead"
                yield Left(rule, call, Diagnostic(codes.NOT_PORTED, message, file.span(call), hint, Severity.WARNING))


def _text(arg: cst.Arg) -> str:
    value = arg.value.evaluated_value if isinstance(arg.value, cst.SimpleString) else None
    return value if isinstance(value, str) else ""


RULE = StandIns()
