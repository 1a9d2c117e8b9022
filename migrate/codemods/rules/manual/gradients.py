"""Gradients and legalizations of operators."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.gradients"
    title: ClassVar[str] = "Gradients and legalizations of operators"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.gradients\n\nx = mine.gradients.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\n\n@relay.op.register_gradient('my.op')\ndef g(orig, grad):\n    return [grad]\n",
            "it is registered with another signature in Relax",
        ),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.relay.op.register_gradient",
        "tvm.relay.op.register_legalize",
        "tvm.relay.op.op.register_gradient",
        "tvm.relay.op.op.register_legalize",
        "tvm.relay.op.register_mixed_precision_conversion",
        "tvm.relay.op.register_external_compiler",
        "tvm.relay.op.register_stateful",
        "tvm.relay.op.op.register_mixed_precision_conversion",
        "tvm.relay.op.op.register_stateful",
    )
    reason: ClassVar[str] = "it is registered with another signature in Relax"
    advice: ClassVar[str] = (
        "write the function for Relax: gradient(orig_var, orig_call, output_grad, ctx), legalize(bb, call)"
    )


RULE = Names()
