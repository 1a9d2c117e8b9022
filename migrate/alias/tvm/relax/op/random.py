"""tvm.relax.op.random."""

from migrate.alias.relax.operators import within

__getattr__ = within("random.")
