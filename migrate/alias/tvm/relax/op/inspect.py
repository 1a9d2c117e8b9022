"""tvm.relax.op.inspect."""

from migrate.alias.relax.operators import within

__getattr__ = within("inspect.")
