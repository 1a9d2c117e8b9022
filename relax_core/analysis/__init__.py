"""Questions about Relax programs, shaped like tvm.relax.analysis (TVM 0.19 to 0.27)."""

from relax_core.analysis.compile_time import computable_at_compile_time
from relax_core.analysis.purity import contains_impure_call, find_impure_call
from relax_core.analysis.recursion import detect_recursion
from relax_core.analysis.reshape import has_reshape_pattern
from relax_core.analysis.symbolic import defined_symbolic_vars, free_symbolic_vars
from relax_core.analysis.type_analysis import derive_call_ret_type, type_lca
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
from relax_core.types.erase import (
    collect_non_negative_expressions,
    definable_tir_vars_in_type,
    erase_to_well_defined,
    get_static_type,
    tir_vars_in_type,
)
from relax_core.types.lattice import BaseCheckResult, type_base_check

__all__ = [
    "BaseCheckResult",
    "all_global_vars",
    "all_vars",
    "bound_vars",
    "called_global_vars",
    "collect_non_negative_expressions",
    "computable_at_compile_time",
    "contains_impure_call",
    "definable_tir_vars_in_type",
    "defined_symbolic_vars",
    "derive_call_ret_type",
    "detect_recursion",
    "erase_to_well_defined",
    "find_impure_call",
    "free_symbolic_vars",
    "free_vars",
    "get_static_type",
    "get_var2val",
    "has_reshape_pattern",
    "name_to_binding",
    "post_order_visit",
    "remove_all_unused",
    "tir_vars_in_type",
    "type_base_check",
    "type_lca",
    "udchain",
    "used_vars",
]
