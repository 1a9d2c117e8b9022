"""tvm_ffi: containers, comparison and global functions of the newer releases."""

from migrate.alias.lazy import lazy

__getattr__ = lazy(
    "tvm_ffi",
    {
        "migrate.alias.tvm.ir.container": "Array Map",
        "migrate.alias.tvm.registry": "init_ffi_api=init_api register_object",
        "migrate.alias.tvm.ir.base": "get_first_structural_mismatch structural_equal structural_hash",
        "tensor_core.global_functions": "get_global_func register_global_func=register_func remove_global_func",
        "tensor_core.ndarray": "Tensor=NDArray",
        "tensor_core.node": "Object=Node",
        "tensor_core.shape_tuple": "Shape=ShapeTuple",
    },
)
