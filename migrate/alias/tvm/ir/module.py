"""tvm.ir.module."""

from relay_compat.ir.module import IRModule

__all__ = ["IRModule"]
