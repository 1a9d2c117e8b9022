"""Pass infrastructure of both IRs (tvm.transform in TVM 0.19): a pass maps a module to a module and says what it
promises.
"""

from tensor_core.contract import Contract
from tensor_core.passes.base import ModulePass, Pass, Sequential
from tensor_core.passes.config import register_option
from tensor_core.passes.context import PassContext
from tensor_core.passes.decorate import module_pass
from tensor_core.passes.info import PassInfo
from tensor_core.passes.instrument import PassInstrument, pass_instrument
from tensor_core.passes.show import PrintIR

__all__ = [
    "Contract",
    "ModulePass",
    "Pass",
    "PassContext",
    "PassInfo",
    "PassInstrument",
    "PrintIR",
    "Sequential",
    "module_pass",
    "pass_instrument",
    "register_option",
]
