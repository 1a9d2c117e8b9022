"""The public API of relay2relax: everything that :mod:`migrate` exports, loaded when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import migrate

if TYPE_CHECKING:
    from migrate import ConversionResult, DiagnosticError, Reversion, Verdict, convert, load, revert, run, verify

__all__ = ["ConversionResult", "DiagnosticError", "Reversion", "Verdict", "convert", "load", "revert", "run", "verify"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(migrate, name)
