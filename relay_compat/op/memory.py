"""Operators (tvm.relay.op.memory in TVM 0.19)."""

from relay_compat.op.wrappers import derived, names

__getattr__ = derived("memory.")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("memory.")})
