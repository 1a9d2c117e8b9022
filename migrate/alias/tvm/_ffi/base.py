"""tvm._ffi.base."""

from __future__ import annotations

from migrate.alias.tvm.error import TVMError

__all__ = ["TVMError", "py_str", "string_types"]

string_types = (str,)


def py_str(value: bytes) -> str:
    """Text from its bytes."""
    return value.decode("utf-8")
