"""Quantization: relay.quantize, qnn patterns and integer rewriting."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.quantization"
    title: ClassVar[str] = "Quantization: relay.quantize, qnn patterns and integer rewriting"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.quantization\n\nx = mine.quantization.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\nmod = relay.quantize.quantize(mod, params)\n",
            "Relax holds quantize and dequantize around float o",
        ),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.relay.quantize.",
        "tvm.relay.quantize",
        "tvm.relay.op.register_fake_quantization_to_integer",
        "tvm.relay.op.register_optional_fake_quantization_to_integer",
        "tvm.relay.qnn.transform.",
        "tvm.relay.op.op.register_fake_quantization_to_integer",
        "tvm.relay.op.op.register_optional_fake_quantization_to_integer",
    )
    reason: ClassVar[str] = "Relax holds quantize and dequantize around float operators, and no pass quantizes a module"
    advice: ClassVar[str] = "quantize before conversion, or match dequantize, operator, quantize as one pattern"


RULE = Names()
