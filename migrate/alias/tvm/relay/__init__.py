"""tvm.relay: the names of relay_compat."""

import relay_compat
from migrate.alias.tvm.ir.base import SequentialSpan, SourceName, Span
from migrate.alias.tvm.runtime.params import load_param_dict, save_param_dict
from relay_compat.ir.types import Any

__all__ = [
    *relay_compat.__all__,
    "Any",
    "SequentialSpan",
    "SourceName",
    "Span",
    "load_param_dict",
    "save_param_dict",
]  # pyright: ignore[reportUnsupportedDunderAll]

__getattr__ = relay_compat.__getattr__
