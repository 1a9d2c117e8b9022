"""tvm.ir.diagnostics."""

from relay_compat.rendering import DiagnosticContext, DiagnosticRenderer, get_renderer, override_renderer
from tensor_core.diagnostics import Diagnostic

__all__ = ["Diagnostic", "DiagnosticContext", "DiagnosticRenderer", "get_renderer", "override_renderer"]
