"""tvm.relax.op.distributed."""

from migrate.alias.relax.operators import within

__getattr__ = within("distributed.")
