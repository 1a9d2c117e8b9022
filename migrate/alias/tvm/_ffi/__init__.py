"""tvm._ffi."""

from migrate.alias.tvm.registry import get_global_func, register_func

__all__ = ["get_global_func", "register_func"]
