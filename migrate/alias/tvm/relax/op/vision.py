"""tvm.relax.op.vision."""

from migrate.alias.relax.operators import within

__getattr__ = within("vision.")
