"""tvm.runtime.module: what is measured of programs."""

from relay_compat.backend.executor_factory import ExecutorFactoryModule as Module
from relay_compat.backend.measure import BenchmarkResult

__all__ = ["BenchmarkResult", "Module"]
