"""Operators (tvm.relay.op.vm in TVM 0.19)."""

from relay_compat.op.wrappers import derived, names

__getattr__ = derived("vm.")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("vm.")})
