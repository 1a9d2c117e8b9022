"""tvm.script, and tvm.script.parser: TVMScript in Python code."""

from migrate.alias.script.decorators import from_source, ir_module

parse = from_source

__all__ = ["from_source", "ir_module", "parse"]
