"""tvm."""

from migrate.alias.current import current
from migrate.alias.ir.module import Module as IRModule
from migrate.alias.lazy import lazy
from migrate.alias.tvm.error import TVMError
from migrate.alias.tvm.registry import get_global_func, register_func, register_object
from migrate.alias.tvm.runtime.device import (
    Device,
    cpu,
    cuda,
    device,
    ext_dev,
    gpu,
    hexagon,
    metal,
    opencl,
    rocm,
    vpi,
    vulkan,
    webgpu,
)  # fmt: skip

__version__ = f"{current()}.0"

__all__ = [
    "Device", "IRModule", "TVMError", "cpu", "cuda", "device", "ext_dev", "get_global_func", "gpu", "hexagon", "metal",
    "opencl", "register_func", "register_object", "rocm", "vpi", "vulkan", "webgpu",
]  # fmt: skip

__getattr__ = lazy(
    "tvm",
    {
        "builtins": "DataType=str",
        "migrate.alias.tvm.runtime.device": "device_from_target",
        "relax_core.backend.build": "compile=build",
        "tensor_core.global_functions": "register_global_func=register_func",
        "tensor_core.node": "Object=Node",
    },
)
