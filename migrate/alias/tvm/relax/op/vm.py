"""tvm.relax.op.vm."""

from migrate.alias.relax.operators import within

__getattr__ = within("vm.")
