"""tvm.ir.op."""

from migrate.alias.ir.names import Op
from migrate.alias.relax.op_attributes import register_op_attr

__all__ = ["Op", "register_op_attr"]
