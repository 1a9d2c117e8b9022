"""Who is told of the errors that type inference finds (tvm.ir.diagnostics in TVM 0.19)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tensor_core.diagnostics import Diagnostic, DiagnosticError, render


@dataclass(frozen=True, slots=True, eq=False)
class DiagnosticContext:
    """The errors that were found in a module."""

    module: Any
    diagnostics: Sequence[Diagnostic]


class DiagnosticRenderer:
    """Shows the errors of a context with a function of one's own."""

    def __init__(self, render_func: Callable[[DiagnosticContext], None]) -> None:
        self._render = render_func

    def render(self, ctx: DiagnosticContext) -> None:
        """Show the errors."""
        self._render(ctx)


def _to_standard_error(ctx: DiagnosticContext) -> None:
    for diagnostic in ctx.diagnostics:
        print(render(diagnostic), file=sys.stderr)


_DEFAULT = DiagnosticRenderer(_to_standard_error)
_overriding: list[DiagnosticRenderer] = []


def get_renderer() -> DiagnosticRenderer:
    """What shows errors unless it is overridden: text on standard error."""
    return _DEFAULT


def override_renderer(render_func: Callable[[DiagnosticContext], None] | None) -> None:
    """Let a function be told of errors from now on; None ends that."""
    _overriding[:] = [] if render_func is None else [DiagnosticRenderer(render_func)]


def tell(module: Any, error: DiagnosticError) -> None:
    """Tell the overriding renderer of errors that are about to be raised; without one, who catches them shows them."""
    for renderer in _overriding:
        renderer.render(DiagnosticContext(module, error.diagnostics))
