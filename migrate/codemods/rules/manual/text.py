"""Relay text and its parser."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.text"
    title: ClassVar[str] = "Relay text and its parser"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.text\n\nx = mine.text.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("import tvm\n\nmod = tvm.relay.fromtext(text)\n", "Relax text is TVMScript, another language"),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.relay.fromtext",
        "tvm.relay.parse",
        "tvm.relay.parse_expr",
        "tvm.relay.parser.",
        "tvm.parser.",
        "tvm.relay.astext",
        "tvm.relay.SpanCheck",
    )
    reason: ClassVar[str] = "Relax text is TVMScript, another language"
    advice: ClassVar[str] = "convert the text with relay2relax convert, and read the result with tvm.script.from_source"


RULE = Names()
