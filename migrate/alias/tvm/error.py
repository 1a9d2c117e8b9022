"""tvm.error."""

from tensor_core.diagnostics import DiagnosticError, ProductError

TVMError = ProductError
InternalError = ProductError

__all__ = ["DiagnosticError", "InternalError", "TVMError"]
