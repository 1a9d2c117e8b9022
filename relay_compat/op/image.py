"""Operators (tvm.relay.op.image in TVM 0.19)."""

from relay_compat.op.wrappers import derived, names

__getattr__ = derived("image.")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("image.")})
