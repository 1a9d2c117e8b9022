"""tvm.relay.ty."""

from relay_compat.ir.types import *  # noqa: F403
