"""tvm.relax.op.ccl."""

from migrate.alias.relax.operators import within

__getattr__ = within("ccl.")
