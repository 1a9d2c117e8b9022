"""tvm.registry: global functions by name."""

from tensor_core.global_functions import get_global_func, register_func, remove_global_func

__all__ = ["get_global_func", "register_func", "remove_global_func"]
