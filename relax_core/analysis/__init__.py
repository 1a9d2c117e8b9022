"""Questions about Relax programs, shaped like tvm.relax.analysis (TVM 0.19 to 0.27)."""

from relax_core.analysis.compile_time import computable_at_compile_time
from relax_core.analysis.purity import contains_impure_call, find_impure_call
from relax_core.analysis.recursion import detect_recursion
from relax_core.analysis.uses import get_var2val, name_to_binding, remove_all_unused, udchain
from relax_core.analysis.variables import (
    all_global_vars,
    all_vars,
    bound_vars,
    called_global_vars,
    free_vars,
    used_vars,
)
from relax_core.analysis.walk import post_order_visit

__all__ = [
    "all_global_vars",
    "all_vars",
    "bound_vars",
    "called_global_vars",
    "computable_at_compile_time",
    "contains_impure_call",
    "detect_recursion",
    "find_impure_call",
    "free_vars",
    "get_var2val",
    "name_to_binding",
    "post_order_visit",
    "remove_all_unused",
    "udchain",
    "used_vars",
]
