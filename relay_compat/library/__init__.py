"""Relay's standard library: data types and functions on them, in the text format (src/relay/std in TVM 0.19)."""

from __future__ import annotations

from importlib.resources import files

from relay_compat.ir.module import IRModule
from relay_compat.text.parser import parse
from tensor_core import codes
from tensor_core.diagnostics import fail

FILES = ("core.rly", "gradient.rly", "nat.rly", "prelude.rly")
"""The files. ``nat.rly`` needs the lists of ``prelude.rly``."""


def library(name: str, around: IRModule | None = None) -> IRModule:
    """The definitions of a file beside those of a module that it may refer to, without inferred types.

    DiagnosticError R2R0103 for a file that there is not, or whose needs ``around`` lacks.
    """
    if name not in FILES:
        raise fail(
            codes.UNDEFINED_NAME, f"there is no {name} in the standard library", hint=f"it has: {', '.join(FILES)}"
        )
    text = files("relay_compat.library").joinpath(name).read_text("utf-8")
    return parse(text, name, around, infer=False)
