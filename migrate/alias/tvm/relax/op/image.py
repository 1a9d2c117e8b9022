"""tvm.relax.op.image."""

from migrate.alias.relax.operators import within

__getattr__ = within("image.")
