"""Names of the runtime, of modules and of passes that only moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from migrate.codemods.renames import Renames
from migrate.codemods.rule import Example


class Runtime(Renames):
    """See the module text."""

    id: ClassVar[str] = "relay.names.runtime"
    title: ClassVar[str] = "tvm.nd.array, register_func, structural_equal and others that moved"
    explanation: ClassVar[str] = (
        "Arrays are tvm.runtime.Tensor since TVM 0.22, functions are registered by register_global_func since then,"
        " and structural comparison lives in tvm_ffi since 0.25. What Relay's modules handed on is taken from where it"
        " is."
    )
    facts: ClassVar[str] = "the modules of TVM 0.19, 0.21, 0.25, 0.26 and 0.27"
    table: ClassVar[Mapping[str, str]] = {
        "tvm.nd.array": "{tensor}",
        "tvm.ndarray.array": "{tensor}",
        "tvm.nd.NDArray": "{Tensor}",
        "tvm.ndarray.NDArray": "{Tensor}",
        "tvm.nd.empty": "{empty}",
        "tvm.register_func": "{register_func}",
        "tvm._ffi.function.register_func": "{register_func}",
        "tvm._ffi._init_api": "{init_api}",
        "tvm.ir.structural_equal": "{structural_equal}",
        "tvm.ir.structural_hash": "{structural_hash}",
        "tvm.relay.build_config": "tvm.transform.PassContext",
        "tvm.relay.build_module.build_config": "tvm.transform.PassContext",
        "tvm.relay.transform.PassContext": "tvm.transform.PassContext",
        "tvm.relay.transform.Sequential": "tvm.transform.Sequential",
        "tvm.relay.transform.module_pass": "tvm.transform.module_pass",
        "tvm.relay.save_param_dict": "tvm.runtime.save_param_dict",
        "tvm.relay.load_param_dict": "tvm.runtime.load_param_dict",
        "tvm.relay.Module": "tvm.IRModule",
        "tvm.relay.Module.from_expr": "tvm.IRModule.from_expr",
        "tvm.relay.module.Module": "tvm.IRModule",
        "tvm.relay.transform._ffi_api.MakeFunctionPass": "tvm.relax.transform._ffi_api.MakeFunctionPass",
        "tvm.relay.op.Op": "tvm.ir.Op",
        "tvm.relay.op.op.Op": "tvm.ir.Op",
        "tvm.relay.op.get": "tvm.ir.Op.get",
        "tvm.relay.op.op.get": "tvm.ir.Op.get",
        "tvm.context": "tvm.device",
        "tvm.gpu": "tvm.cuda",
        "tvm.expr.IntImm": "{tir}.IntImm",
        "tvm.expr.FloatImm": "{tir}.FloatImm",
        "tvm.expr.Var": "{tir}.Var",
        "tvm.te.size_var": "tvm.te.var",
    }
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm
from tvm import relay


@tvm.register_func("vendor.run")
def run(values):
    with relay.build_config(opt_level=3):
        data = tvm.nd.array(values)
    assert isinstance(data, tvm.nd.NDArray)
    return relay.save_param_dict({"data": data})
""",
            """import tvm


@tvm.register_global_func("vendor.run")
def run(values):
    with tvm.transform.PassContext(opt_level=3):
        data = tvm.runtime.tensor(values)
    assert isinstance(data, tvm.runtime.Tensor)
    return tvm.runtime.save_param_dict({"data": data})
""",
        ),
        Example(
            """import tvm

data = tvm.nd.array([1.0])
same = tvm.ir.structural_equal(a, b)
""",
            """import tvm
import tvm_ffi

data = tvm.runtime.tensor([1.0])
same = tvm_ffi.structural_equal(a, b)
""",
            target="0.25",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import tvm\n\ndevice = tvm.cpu(0)\n",
        "import tvm\n\nwith tvm.transform.PassContext(opt_level=3):\n    pass\n",
        "from nd import array\n\narray([1])  # tvm.nd.array\n",
    )


RULE = Runtime()
