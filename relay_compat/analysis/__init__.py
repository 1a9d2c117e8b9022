"""Questions about programs (tvm.relay.analysis in TVM 0.19). Names are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relay_compat.analysis.annotated_regions import AnnotatedRegion, AnnotatedRegionSet
    from relay_compat.analysis.basic_blocks import check_basic_block_normal_form
    from relay_compat.analysis.binding import well_formed
    from relay_compat.analysis.calibration import get_calibration_data
    from relay_compat.analysis.call_graph import CallGraph
    from relay_compat.analysis.dtypes import all_dtypes
    from relay_compat.analysis.feature import Feature, detect_feature
    from relay_compat.analysis.fused_functions import extract_fused_functions
    from relay_compat.analysis.kinds import check_kind
    from relay_compat.analysis.layer_count import count_layers
    from relay_compat.analysis.mac_count import get_total_mac_number
    from relay_compat.analysis.quantized_regions import list_fake_quantized_op_freqs
    from relay_compat.analysis.transposed_weights import search_fc_transpose
    from relay_compat.analysis.type_variables import all_type_vars, bound_type_vars, free_type_vars
    from relay_compat.analysis.unmatched import unmatched_cases
    from relay_compat.analysis.variables import all_vars, bound_vars, free_vars
    from relay_compat.analysis.visiting import (
        check_constant,
        extract_intermdeiate_expr,
        list_op_freqs,
        post_order_visit,
    )

_HOMES = {
    "annotated_regions": "AnnotatedRegion AnnotatedRegionSet",
    "basic_blocks": "check_basic_block_normal_form",
    "binding": "well_formed",
    "calibration": "get_calibration_data",
    "call_graph": "CallGraph",
    "dtypes": "all_dtypes",
    "feature": "Feature detect_feature",
    "fused_functions": "extract_fused_functions",
    "kinds": "check_kind",
    "layer_count": "count_layers",
    "mac_count": "get_total_mac_number",
    "quantized_regions": "list_fake_quantized_op_freqs",
    "transposed_weights": "search_fc_transpose",
    "type_variables": "all_type_vars bound_type_vars free_type_vars",
    "unmatched": "unmatched_cases",
    "variables": "all_vars bound_vars free_vars",
    "visiting": "check_constant extract_intermdeiate_expr list_op_freqs post_order_visit",
}
_HOME_OF = {name: home for home, listed in _HOMES.items() for name in listed.split()}

__all__ = [
    "AnnotatedRegion",
    "AnnotatedRegionSet",
    "CallGraph",
    "Feature",
    "all_dtypes",
    "all_type_vars",
    "all_vars",
    "bound_type_vars",
    "bound_vars",
    "check_basic_block_normal_form",
    "check_constant",
    "check_kind",
    "count_layers",
    "detect_feature",
    "extract_fused_functions",
    "extract_intermdeiate_expr",
    "free_type_vars",
    "free_vars",
    "get_calibration_data",
    "get_total_mac_number",
    "list_fake_quantized_op_freqs",
    "list_op_freqs",
    "post_order_visit",
    "search_fc_transpose",
    "unmatched_cases",
    "well_formed",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if name == "_ffi_api":
        return import_module("relay_compat.analysis._ffi_api")
    if home is None:
        raise AttributeError(f"module 'relay_compat.analysis' has no attribute {name!r}")
    return getattr(import_module(f"relay_compat.analysis.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
