"""tvm.runtime.script_printer."""

from __future__ import annotations

from typing import Any

from migrate.alias.relax.scripts import script


class PrinterConfig:
    """Options of printing, by name."""

    def __init__(self, **options: Any) -> None:
        self.options = options


def _script(obj: Any, config: PrinterConfig) -> str:
    """The text of an object with these options."""
    return script(obj, **config.options)


__all__ = ["PrinterConfig", "_script"]
