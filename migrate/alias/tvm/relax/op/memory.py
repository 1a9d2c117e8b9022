"""tvm.relax.op.memory."""

from migrate.alias.relax.operators import within

__getattr__ = within("memory.")
