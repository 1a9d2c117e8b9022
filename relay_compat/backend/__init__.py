"""Running programs as tvm.relay.backend in TVM 0.19 does it: on numpy, or compiled for the CPU."""

from relay_compat.backend.executor import Executor
from relay_compat.backend.runtime import Runtime

__all__ = ["Executor", "Runtime"]
