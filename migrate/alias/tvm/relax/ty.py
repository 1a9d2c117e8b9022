"""tvm.relax.ty: types without values."""

from migrate.alias.lazy import lazy
from migrate.alias.tvm.relax import STATIC

__getattr__ = lazy("tvm.relax.ty", {"relax_core.ir.static": STATIC, "tensor_core.types": "Type"})
