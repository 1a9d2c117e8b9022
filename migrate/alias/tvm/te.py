"""tvm.te: variables; schedules and compute are not covered."""

from migrate.alias.tvm.tir.expr import var

__all__ = ["size_var", "var"]

size_var = var
