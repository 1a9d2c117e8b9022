"""tvm.relax.utils."""

from migrate.alias.lazy import lazy

__getattr__ = lazy("tvm.relax.utils", {"migrate.alias.relax.values": "convert_to_expr"})
