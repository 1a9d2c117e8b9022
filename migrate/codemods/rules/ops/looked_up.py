"""``get_relay_op("exp")(x)``: operators that importers look up by a name that is written there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import literal_str
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.op_calls import CALLS
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.rules.ops import calls, spelled_out
from migrate.codemods.target import Target

_OLD = "tvm.relay.frontend.common.get_relay_op"
_HOMES = ("", "nn.", "image.", "vision.")
"""Where the name is looked for in relay.op, in this order."""


class LookedUp(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.ops.looked_up"
    title: ClassVar[str] = "get_relay_op(NAME)(...) with the name written there is a call of the operator"
    explanation: ClassVar[str] = (
        "Importers look operators up in relay.op by name. Where the name is written there, the call is rewritten as"
        " that of the operator, with what relay.ops.calls and relay.ops.spelled_out know of it; names known at run time"
        " only are left."
    )
    facts: ClassVar[str] = "relay.frontend.common.get_relay_op of TVM 0.19: relay.op, then its nn, image and vision"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relay.frontend.common import get_relay_op


def fold(parts, axis):
    whole = get_relay_op("concatenate")(parts, axis=-1)
    first = get_relay_op("strided_slice")(whole, begin=[0], end=[1])
    return get_relay_op("relu")(get_relay_op("squeeze")(first, axis=[axis]))
""",
            """from tvm import relax


def fold(parts, axis):
    whole = relax.op.concat(parts, axis=-1)
    first = relax.op.strided_slice(whole, [0], [0], [1])
    return relax.op.nn.relu(relax.op.squeeze(first, axis=[axis]))
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm.relay.frontend.common import get_relay_op\n\ny = get_relay_op(name)(x)\n",
        "from mine.common import get_relay_op\n\ny = get_relay_op('exp')(x)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm.relay.frontend.common import get_relay_op\n\ny = get_relay_op('argmax')(x, 1, exclude=True)\n",
            "exclude",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "get_relay_op" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of((_OLD,)):
            found = _operator(file, use)
            if found is None:
                continue
            if found.name in CALLS:
                planned = calls.RULE.plan_use(file, found, CALLS[found.name], target)
            else:
                planned = spelled_out.RULE.plan_use(file, found, target)
            if isinstance(planned, Edit):
                yield replace(planned, rule=self.id, claims=(*planned.claims, use.node))
            else:
                yield planned


def _operator(file: SourceFile, use: Use) -> Use | None:
    """The use as one of the operator that it looks up, whose call is that of the result; None for what has no rule."""
    call = use.call
    outer = file.parent(call) if call is not None else None
    if call is None or not isinstance(outer, cst.Call) or outer.func is not call or len(call.args) != 1:
        return None
    name = literal_str(call.args[0])
    names = [f"tvm.relay.{home}{name}" for home in _HOMES]
    known = next((item for item in names if item in CALLS or item in spelled_out.NAMES), None)
    return None if known is None else replace(use, name=known, call=outer)


RULE = LookedUp()
