"""The registry of operators (tvm.relay.op.op in TVM 0.19)."""

from relay_compat.ir.expr import op as get

__all__ = ["get"]
