"""Operators (tvm.relay.op.random in TVM 0.19)."""

from relay_compat.op.wrappers import derived, names

__getattr__ = derived("random.")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("random.")})
