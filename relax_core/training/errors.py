"""Errors of training: coded, and of the kinds that TVM raises for them."""

from __future__ import annotations

from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.spans import Span


class Untrainable(DiagnosticError, TypeError, ValueError):
    """What cannot be trained: TVM raises a TypeError for one, a ValueError for the other."""


def untrainable(message: str, span: Span | None = None, hint: str = "") -> Untrainable:
    """The error R2R0703, to be raised."""
    return Untrainable(Diagnostic(codes.BAD_OPTION, message, span, hint))
