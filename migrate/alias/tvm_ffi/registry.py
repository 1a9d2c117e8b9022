"""tvm_ffi.registry: global functions by name."""

from migrate.alias.lazy import lazy

__getattr__ = lazy(
    "tvm_ffi.registry tvm_ffi",
    {
        "migrate.alias.tvm.registry": "init_ffi_api=init_api register_object",
        "tensor_core.global_functions": "get_global_func list_global_func_names register_global_func=register_func"
        " remove_global_func",
    },
)
