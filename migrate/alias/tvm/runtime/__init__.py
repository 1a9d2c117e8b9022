"""tvm.runtime."""

from migrate.alias.lazy import lazy
from migrate.alias.tvm.runtime import container, module, ndarray, vm
from migrate.alias.tvm.runtime.container import ShapeTuple
from migrate.alias.tvm.runtime.convert import convert
from migrate.alias.tvm.runtime.device import Device, cpu, device, enabled
from migrate.alias.tvm.runtime.module import Module, load_module
from migrate.alias.tvm.runtime.params import load_param_dict, save_param_dict
from tensor_core.ndarray import NDArray
from tensor_core.node import Node as Object

__all__ = [
    "Device",
    "Module",
    "NDArray",
    "Object",
    "ShapeTuple",
    "container",
    "convert",
    "cpu",
    "device",
    "enabled",
    "load_module",
    "load_param_dict",
    "module",
    "ndarray",
    "save_param_dict",
    "vm",
]  # fmt: skip

__getattr__ = lazy(
    "tvm.runtime",
    {
        "migrate.alias.tvm.runtime.device": "device_from_target",
        "migrate.alias.tvm.nd": "Tensor=NDArray empty from_dlpack tensor=array",
        "relax_core.backend.executable": "Executable",
    },
)
