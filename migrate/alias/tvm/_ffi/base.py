"""tvm._ffi.base."""

from migrate.alias.tvm.error import TVMError

__all__ = ["TVMError"]
