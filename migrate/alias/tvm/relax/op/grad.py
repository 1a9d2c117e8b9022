"""tvm.relax.op.grad."""

from migrate.alias.relax.operators import within

__getattr__ = within("grad.")
