"""Operators from Python (tvm.relay.op in TVM 0.19)."""

from relay_compat.op.wrappers import derived, names

__getattr__ = derived("")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("")})
