"""tvm.relax.op.builtin."""

from migrate.alias.relax.operators import within

__getattr__ = within("builtin.")
