"""Operators of neural networks (tvm.relay.nn in TVM 0.19)."""

from relay_compat.op.nn.blocked import *  # noqa: F403
from relay_compat.op.nn.convolution import *  # noqa: F403
from relay_compat.op.nn.nn import *  # noqa: F403
from relay_compat.op.nn.pooling import *  # noqa: F403
from relay_compat.op.nn.space import *  # noqa: F403
from relay_compat.op.nn.utils import *  # noqa: F403
from relay_compat.op.wrappers import derived, names

__getattr__ = derived("nn.")


def __dir__() -> list[str]:
    return sorted({*globals(), *names("nn.")})
