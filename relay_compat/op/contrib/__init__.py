"""What outside compilers tell of themselves (tvm.relay.op.contrib in TVM 0.19)."""

from relay_compat.op.contrib.register import get_pattern_table, register_pattern_table

__all__ = ["get_pattern_table", "register_pattern_table"]
