"""tvm.te: variables; schedules and compute are not covered."""

from migrate.alias.tvm.tir.expr import size_var, var

__all__ = ["size_var", "var"]
