"""Questions about programs (tvm.relay.analysis in TVM 0.19)."""

from relay_compat.analysis.call_graph import CallGraph
from relay_compat.analysis.type_variables import free_type_vars
from relay_compat.analysis.variables import all_vars, bound_vars, free_vars

__all__ = ["CallGraph", "all_vars", "bound_vars", "free_type_vars", "free_vars"]
