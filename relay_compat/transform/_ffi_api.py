"""The passes by the names of TVM's registry (tvm.relay.transform._ffi_api in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.transform.registry import find


def __getattr__(name: str) -> Any:
    found = find(name)
    if found is None:
        raise AttributeError(f"module 'relay_compat.transform._ffi_api' has no attribute {name!r}")
    return found
