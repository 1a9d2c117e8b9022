"""relax.analysis.well_formed, which answers in old releases and raises in new ones."""

from __future__ import annotations

import sys
from typing import Any

from relax_core.ir.expr import Function, IRModule
from relax_core.well_formed import check
from tensor_core.diagnostics import Diagnostic, DiagnosticError

__all__ = ["require_well_formed", "well_formed"]


def well_formed(obj: Any, check_struct_info: bool = True, check_ty: bool = True) -> bool:
    """Whether a module or function keeps the structural rules of Relax; says on stderr what it breaks, as TVM does."""
    del check_struct_info, check_ty
    found = _found(obj)
    for item in found:
        print(f"Warning: This IR is not well formed: {item}", file=sys.stderr)
    return not found


def require_well_formed(obj: Any, check_ty: bool = True) -> None:
    """DiagnosticError R2R0205 for a module or function that breaks a structural rule of Relax."""
    del check_ty
    found = _found(obj)
    if found:
        raise DiagnosticError(*found)


def _found(obj: Any) -> list[Diagnostic]:
    module = IRModule.from_expr(obj) if isinstance(obj, Function) else obj
    return check(module)
