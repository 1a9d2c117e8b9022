"""tvm_ffi.access_path."""

from migrate.alias.lazy import lazy

__getattr__ = lazy("tvm_ffi.access_path", {"relax_core.text.access_path": "AccessPath AccessStep"})
