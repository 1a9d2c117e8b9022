"""The quantised dialect (tvm.relay.qnn in TVM 0.19)."""

from importlib import import_module
from typing import Any

from relay_compat.qnn import op


def __getattr__(name: str) -> Any:
    return import_module("relay_compat.qnn.transform") if name == "transform" else getattr(op, name)
