"""The quantised dialect (tvm.relay.qnn in TVM 0.19)."""

from typing import Any

from relay_compat.qnn import op


def __getattr__(name: str) -> Any:
    return getattr(op, name)
