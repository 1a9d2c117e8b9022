"""tvm.relay: the names of relay_compat."""

import relay_compat
from migrate.alias.tvm.ir.base import SequentialSpan, SourceName, Span
from relay_compat.ir.types import Any

__all__ = [*relay_compat.__all__, "Any", "SequentialSpan", "SourceName", "Span"]  # pyright: ignore[reportUnsupportedDunderAll]

__getattr__ = relay_compat.__getattr__
