"""Private functions that make operators and attributes."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.private_makers"
    title: ClassVar[str] = "Private functions that make operators and attributes"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.private_makers\n\nx = mine.private_makers.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm.relay.op import _make\n\nx = _make.reshape(a, b, False)\n",
            "it is private to TVM 0.19, and its parameters are ",
        ),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.relay.op._make.",
        "tvm.relay.op.nn._make.",
        "tvm.relay.op.image._make.",
        "tvm.relay.op.vision._make.",
        "tvm.relay.qnn.op._make.",
        "tvm.relay.qnn._make.",
        "tvm.relay.nn._make.",
        "tvm.relay.image._make.",
        "tvm.relay._make.",
        "tvm.relay._ffi_api.",
        "tvm.relay.transform._ffi_api.",
        "tvm.relay.analysis._ffi_api.",
        "tvm.relay.op._make",
        "tvm.relay.nn._make",
        "tvm.relay.dataflow_pattern.ffi.",
        "tvm.relay.op._op_make",
        "tvm.relay.op.dyn._make.",
    )
    others: ClassVar[frozenset[str]] = frozenset({"tvm.relay.transform._ffi_api.MakeFunctionPass"})
    reason: ClassVar[str] = "it is private to TVM 0.19, and its parameters are those of C++"
    advice: ClassVar[str] = "call the public function of the operator in relax.op"


RULE = Names()
