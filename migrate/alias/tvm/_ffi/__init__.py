"""tvm._ffi."""

from migrate.alias.tvm.registry import get_global_func, register_func, register_object
from migrate.alias.tvm.registry import init_api as _init_api

__all__ = ["_init_api", "get_global_func", "register_func", "register_object"]
