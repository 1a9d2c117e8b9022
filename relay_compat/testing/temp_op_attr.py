"""tvm.relay.testing.temp_op_attr."""

from relay_compat.op_attributes import TempOpAttr

__all__ = ["TempOpAttr"]
