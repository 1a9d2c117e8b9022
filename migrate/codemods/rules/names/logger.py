"""The logger of Relay's importers: one of Python's own, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_OLD = "tvm.relay.frontend.common.logger"
_CALLED = '"Frontend"'
"""What ``relay.frontend.common`` calls its logger."""


class Logger(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.names.logger"
    title: ClassVar[str] = "the logger of relay.frontend.common is asked of logging"
    explanation: ClassVar[str] = (
        "Importers shared a logger of Python's logging. It is asked for by its name, so that what an application set"
        " for it stays in force; the filter that left repeated messages out is gone."
    )
    facts: ClassVar[str] = 'relay.frontend.common of TVM 0.19, whose logger is logging.getLogger("Frontend")'
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relay.frontend.common import logger


def told(mask):
    if mask:
        logger.warning("the mask is ignored")
    return logger
""",
            """import logging


def told(mask):
    if mask:
        logging.getLogger("Frontend").warning("the mask is ignored")
    return logging.getLogger("Frontend")
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ('from mine.common import logger\n\nlogger.warning("relay")\n',)

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "logger" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for name, uses in file.uses.items():
            if name != _OLD and not name.startswith(f"{_OLD}."):
                continue
            inner = name.removeprefix(_OLD).split(".")[1:]
            for use in uses:
                way = way_to(file, use, "logging")
                if isinstance(way, NameTaken):
                    yield self.refuse(file, use.node, way.reason, way.hint)
                    continue
                asked = cst.Call(attribute(way.expression, "getLogger"), [cst.Arg(cst.SimpleString(_CALLED))])
                new = attribute(asked, *inner)
                yield Edit(self.id, use.node, lambda _, new=new: new, way.imports)


RULE = Logger()
