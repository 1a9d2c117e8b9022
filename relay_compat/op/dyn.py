"""Operators (tvm.relay.op.dyn in TVM 0.19)."""

from relay_compat.op.wrappers import derived, names

__getattr__ = derived("dyn.")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("dyn.")})
