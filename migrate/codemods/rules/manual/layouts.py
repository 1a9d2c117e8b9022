"""Layouts chosen by operator registrations."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.layouts"
    title: ClassVar[str] = "Layouts chosen by operator registrations"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.layouts\n\nx = mine.layouts.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\n\n@relay.op.register_alter_op_layout('nn.conv2d')\ndef f(a):\n    return None\n",
            "layouts are no registrations of operators in Relax",
        ),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.relay.op.register_alter_op_layout",
        "tvm.relay.op.register_convert_op_layout",
        "tvm.relay.op.register_infer_correct_layout",
        "tvm.relay.op.transform.",
        "tvm.relay.op.op.register_alter_op_layout",
        "tvm.relay.op.op.register_convert_op_layout",
    )
    reason: ClassVar[str] = "layouts are no registrations of operators in Relax"
    advice: ClassVar[str] = "use ConvertLayout with layout_cb, or AlterOpImpl on tensor programs"


RULE = Names()
