"""Names of the runtime and of modules that moved between releases that have Relax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from migrate.codemods.renames import Renames
from migrate.codemods.rule import Example


class RelaxRuntime(Renames):
    """See the module text."""

    id: ClassVar[str] = "relax.names.runtime"
    title: ClassVar[str] = "tvm.nd.array becomes tvm.runtime.tensor, register_func becomes register_global_func"
    explanation: ClassVar[str] = (
        "Arrays are tvm.runtime.Tensor since TVM 0.22, functions are registered by register_global_func since then,"
        " structural comparison lives in tvm_ffi since 0.25; virtual devices are Relax's since 0.27."
    )
    facts: ClassVar[str] = "the modules of TVM 0.21, 0.25, 0.26 and 0.27"
    source: ClassVar[str] = "relax"
    table: ClassVar[Mapping[str, str]] = {
        "tvm.nd.array": "{tensor}",
        "tvm.nd.NDArray": "{Tensor}",
        "tvm.nd.empty": "{empty}",
        "tvm.register_func": "{register_func}",
        "tvm.ffi._init_api": "{init_api}",
        "tvm.ir.structural_equal": "{structural_equal}",
        "tvm.ir.structural_hash": "{structural_hash}",
        "tvm.ir.VDevice": "{VDevice}",
        "tvm.relax.vm_build.Executable": "{VMExecutable}",
        "tvm.te.size_var": "tvm.te.var",
        **{
            f"tvm.relax.backend.contrib.{name}": f"tvm.relax.backend.{place}.{name}"
            for name, place in (
                ("cublas", "cuda"),
                ("cudnn", "cuda"),
                ("cutlass", "cuda"),
                ("hipblas", "rocm"),
                ("coreml", "metal"),
            )
        },
    }
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm

data = tvm.nd.array([1.0])


@tvm.register_func("vendor.run")
def run(a, b):
    return tvm.ir.structural_equal(a, b)
""",
            """import tvm
import tvm_ffi

data = tvm.runtime.tensor([1.0])


@tvm.register_global_func("vendor.run")
def run(a, b):
    return tvm_ffi.structural_equal(a, b)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import tvm\n\ndata = tvm.runtime.tensor([1.0])\n",
        "from nd import array\n\narray([1])  # tvm.nd.array\n",
    )


RULE = RelaxRuntime()
