"""tvm.relax.struct_info, which release 0.26 calls tvm.relax.type."""

from migrate.alias.lazy import lazy
from migrate.alias.tvm.relax import TYPES

__getattr__ = lazy(
    "tvm.relax.struct_info tvm.relax.type",
    {"migrate.alias.relax.types": TYPES, "migrate.alias.tvm.ir.base": "Span"},
)
