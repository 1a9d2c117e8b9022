"""tvm.relay.function."""

from relay_compat.ir.expr import Call, Function
from relay_compat.ir.with_fields import FunctionWithFields
from tensor_core.module import BaseFunc

__all__ = ["BaseFunc", "Call", "Function", "FunctionWithFields"]
