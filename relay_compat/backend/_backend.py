"""What parts of the graph executor's compiler are called by (tvm.relay.backend._backend in TVM 0.19)."""

from relay_compat.backend.memory_plan import GraphPlanMemory

__all__ = ["GraphPlanMemory"]
