"""Quantised operators (tvm.relay.qnn.op in TVM 0.19)."""

from relay_compat.op.wrappers import derived, names
from relay_compat.qnn.op.config import RequantizeConfig, current_requantize_config, requantize_config
from relay_compat.qnn.op.qnn import *  # noqa: F403

__all__ = ["RequantizeConfig", "current_requantize_config", "requantize_config"]

__getattr__ = derived("qnn.")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("qnn.")})
