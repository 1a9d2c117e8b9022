"""tvm.ir.module."""

from migrate.alias.ir.module import Module as IRModule

__all__ = ["IRModule"]
