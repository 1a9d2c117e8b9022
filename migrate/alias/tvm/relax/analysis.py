"""tvm.relax.analysis."""

from __future__ import annotations

from typing import Any

from migrate.alias.current import before
from migrate.alias.lazy import lazy

_CORE = (
    "BaseCheckResult all_global_vars all_vars bound_vars collect_non_negative_expressions computable_at_compile_time"
    " contains_impure_call defined_symbolic_vars detect_recursion erase_to_well_defined estimate_memory_usage"
    " free_symbolic_vars free_vars get_var2val has_reshape_pattern name_to_binding post_order_visit"
    " remove_all_unused suggest_layout_transforms udchain used_vars"
    " definable_tir_vars_in_struct_info=definable_tir_vars_in_type definable_tir_vars_in_type"
    " derive_call_ret_struct_info=derive_call_ret_type derive_call_ret_type"
    " struct_info_base_check=type_base_check type_base_check struct_info_lca=type_lca type_lca"
    " tir_vars_in_struct_info=tir_vars_in_type tir_vars_in_type"
)
_CHECK = "check_well_formed=well_formed"
_beside = lazy("tvm.relax.analysis", {"relax_core.analysis": _CORE, "migrate.alias.relax.wellformed": _CHECK})


def __getattr__(name: str) -> Any:
    if name == "get_static_type":
        from relax_core.analysis import static_type

        return static_type.legacy_static_type if before("0.26") else static_type.get_static_type
    if name == "well_formed":
        from migrate.alias.relax import wellformed

        return wellformed.well_formed if before("0.25") else wellformed.require_well_formed
    return _beside(name)
