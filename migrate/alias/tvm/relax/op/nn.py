"""tvm.relax.op.nn."""

from migrate.alias.relax.operators import within

__getattr__ = within("nn.")
