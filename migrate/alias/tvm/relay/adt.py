"""tvm.relay.adt."""

from relay_compat.ir.adt import *  # noqa: F403
from relay_compat.ir.types import TypeData

__all__ = [  # noqa: F405
    "Clause",
    "Constructor",
    "Match",
    "Pattern",
    "PatternConstructor",
    "PatternTuple",
    "PatternVar",
    "PatternWildcard",
    "TypeData",
]
