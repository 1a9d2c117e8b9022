"""The options of single passes: known names and the kinds of their values (PassContext.list_configs of TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.node import Node
from tensor_core.prim import Imm


class OptionError(DiagnosticError, AttributeError):
    """An option is unknown or of the wrong kind; in TVM an AttributeError."""


_FLAGS_AND_NUMBERS = """
ir.enable_si_builder relax.FuseOps.max_depth relax.backend.use_cuda_graph relax.fallback_device_type
relax.lift_transform_params.consume_params relax.transform.apply_legalize_ops relay.FuseOps.link_params
relay.FuseOps.max_depth relay.ToMixedPrecision.keep_orig_output_dtype relay.backend.use_auto_scheduler
relay.backend.use_meta_schedule relay.backend.use_meta_schedule_dispatch relay.collage.byoc_max_depth
relay.collage.tvm_max_depth relay.fallback_device_type relay.frontend.fill_span
relay.remove_standalone_reshapes.enable te.keep_schedule_record testing.immutable_module
tir.debug_keep_trivial_loop tir.detect_global_barrier tir.disable_assert tir.disable_cse_tir
tir.disable_storage_rewrite tir.disable_vectorize tir.enable_buffer_level_predication tir.enable_debug
tir.enable_equiv_terms_in_cse_tir tir.experimental_dma_bypass_cache tir.instr_siblings
tir.instrument_bound_checkers tir.instrument_lwp tir.is_entry_func tir.lwp_disable_func_prof tir.lwp_max_depth
tir.lwp_min_height tir.merge_static_smem tir.noalias tir.ptx_ldg32 tir.reset_start_id tir.use_async_copy
tir.usmp.enable tir.usmp.use_workspace_io tir.vtcm_capacity
"""
_STRINGS = "relay.backend.tir_converter tir.usmp.algorithm tir.usmp.custom_algorithm"
_ARRAYS = "relay.collage.byoc_fusion_style tir.add_lower_pass"
_STRUCTS = (
    "tir.HoistExpression tir.HoistIfThenElse tir.InjectDoubleBuffer tir.LoopPartition"
    " tir.ReduceBranchingThroughOvercompute tir.RemoveNoOp tir.Simplify tir.UnrollLoop"
)

_NUMBER, _STRING, _ARRAY = "IntImm", "runtime.String", "Array"
_KINDS: dict[str, str] = {
    **dict.fromkeys(_FLAGS_AND_NUMBERS.split(), _NUMBER),
    **dict.fromkeys(_STRINGS.split(), _STRING),
    **dict.fromkeys(_ARRAYS.split(), _ARRAY),
    **{name: name.replace("tir.", "tir.transform.") + "Config" for name in _STRUCTS.split()},
}


def register_option(key: str, kind: str = _NUMBER) -> None:
    """Make an option known: a vendor's pass reads it. ``kind`` is IntImm, runtime.String, Array or a struct's key.

    ValueError when the option is known already.
    """
    if key in _KINDS:
        raise ValueError(f"the option {key} is registered already")
    _KINDS[key] = kind


def list_options() -> dict[str, dict[str, str]]:
    """Every option with the kind of its value."""
    return {key: {"type": kind} for key, kind in _KINDS.items()}


def legalized(config: Mapping[str, Any]) -> dict[str, Any]:
    """The options as TVM holds them; OptionError for an unknown one or a value of another kind."""
    return {str(key): _legal(key, value) for key, value in config.items()}


def _legal(key: str, value: Any) -> Any:
    kind = _KINDS.get(key)
    if kind is None:
        raise _wrong(f"Invalid config option '{key}' candidates are: {' ,'.join(_KINDS)}")
    if value is None:
        raise _wrong(f"{key} is None")
    result = _READERS.get(kind, _struct)(value)
    if result is None:
        raise _wrong(f"expect config {key} to have type {kind}, but got {type(value).__name__}")
    return result


def _number(value: Any) -> Any:
    return Imm(value) if type(value) is int else value if isinstance(value, (Imm, bool)) else None


def _string(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _array(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else None


def _struct(value: Any) -> Any:
    return cast(Any, value) if isinstance(value, (Mapping, Node)) else None


_READERS: dict[str, Callable[[Any], Any]] = {_NUMBER: _number, _STRING: _string, _ARRAY: _array}


def _wrong(message: str) -> OptionError:
    return OptionError(Diagnostic(codes.BAD_OPTION, message))
