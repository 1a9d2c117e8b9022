"""Operators (tvm.relay.op.vision in TVM 0.19)."""

from relay_compat.op.wrappers import derived, names

__getattr__ = derived("vision.")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("vision.")})
