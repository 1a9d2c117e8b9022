"""Built-ins of TIR: how a call of one is written, and the type of its result where the text does not state it."""

from __future__ import annotations

KNOWN = frozenset(
    {
        "TVMBackendAllocWorkspace", "TVMBackendAnyListMoveFromPackedReturn", "TVMBackendAnyListSetPackedArg",
        "TVMBackendFreeWorkspace", "acos", "acosh", "address_of", "anylist_getitem", "anylist_resetitem",
        "anylist_setitem_call_cpacked", "anylist_setitem_call_packed", "asin", "asinh", "assume", "atan",
        "atan2", "atanh", "atomic_add", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor",
        "buffer_data", "buffer_offset", "call_cpacked", "call_cpacked_lowered", "call_extern",
        "call_ffi_kernel", "call_llvm_intrin", "call_llvm_pure_intrin", "call_packed", "call_packed_lowered",
        "call_pure_extern", "call_spirv_pure_glsl450", "ceil", "clz", "cooperative_tensor_fill",
        "cooperative_tensor_load", "cooperative_tensor_multiply_accumulate", "cooperative_tensor_store",
        "copysign", "cos", "cosh", "create_barriers", "ctpop", "dma_copy", "dma_end_group", "dma_start_group",
        "dma_wait", "dp4a", "end_profile_intrinsic", "erf", "exp", "exp10", "exp2", "fabs", "filter", "floor",
        "fma", "fmod", "get_active_lane_mask", "handle_add_byte_offset", "hypot", "ignore_loop_partition",
        "isfinite", "isinf", "isnan", "isnullptr", "large_uint_imm", "ldexp", "likely", "log", "log10", "log1p",
        "log2", "lookup_param", "make_filled_simdgroup_matrix", "masked_load", "masked_store", "mma_fill",
        "mma_store", "nd_mem_alloc_with_scope", "nearbyint", "nextafter", "popcount", "pow", "prefetch",
        "print_buffer", "ptr_byte_offset", "ptx_arrive_barrier", "ptx_arrive_barrier_expect_tx",
        "ptx_commit_group", "ptx_cp_async", "ptx_cp_async_barrier", "ptx_cp_async_bulk",
        "ptx_init_barrier_thread_count", "ptx_ldg32", "ptx_ldmatrix", "ptx_mma", "ptx_mma_sp",
        "ptx_wait_barrier", "ptx_wait_group", "q_multiply_shift", "q_multiply_shift_per_axis", "reinterpret",
        "round", "rsqrt", "selector", "shift_left", "shift_right", "sigmoid", "simdgroup_load",
        "simdgroup_multiply_accumulate", "simdgroup_store", "sin", "sinh", "sqrt", "start_profile_intrinsic",
        "tan", "tanh", "tensormap_encode_tiled", "texture2d_load", "texture2d_store", "thread_return", "trunc",
        "tvm_access_ptr", "tvm_bmma_sync", "tvm_call_cpacked", "tvm_call_cpacked_lowered", "tvm_call_packed",
        "tvm_call_packed_lowered", "tvm_call_trace_packed", "tvm_call_trace_packed_lowered", "tvm_check_return",
        "tvm_context_id", "tvm_fill_fragment", "tvm_global_barrier_kinit", "tvm_kernel_replace_point",
        "tvm_load_matrix_sync", "tvm_mma_sync", "tvm_stack_alloca", "tvm_stack_make_array",
        "tvm_stack_make_shape", "tvm_static_handle", "tvm_storage_sync", "tvm_store_matrix_sync",
        "tvm_struct_get", "tvm_struct_set", "tvm_thread_allreduce", "tvm_thread_context",
        "tvm_thread_invariant", "tvm_throw_last_error", "tvm_tuple", "tvm_warp_activemask", "tvm_warp_shuffle",
        "tvm_warp_shuffle_down", "tvm_warp_shuffle_up", "tvm_warp_shuffle_xor", "type_annotation", "undef",
        "vectorcombine", "vectorhigh", "vectorlow", "vscale",
    }
)  # fmt: skip
"""The built-ins of TVM 0.19 to 0.27 that are called by one name; those of back ends have a prefix (``ptx.mma``)."""
DTYPE_FIRST = frozenset(
    {
        "call_extern", "call_pure_extern", "call_llvm_intrin", "call_llvm_pure_intrin", "dp4a", "get_active_lane_mask",
        "masked_load", "mma_fill", "mma_store", "ptx_cp_async", "ptx_cp_async_bulk", "ptx_ldmatrix", "ptx_mma",
        "ptx_mma_sp", "reinterpret", "type_annotation", "vectorcombine", "vectorhigh", "vectorlow",
    }
)  # fmt: skip
"""The result's type is the first argument in text."""
DTYPE_LAST = frozenset({"tvm_struct_get"})
"""The result's type is the last argument in text."""
WRITTEN = {
    "tvm_call_packed": "call_packed",
    "tvm_call_cpacked": "call_cpacked",
    "tvm_call_packed_lowered": "call_packed_lowered",
    "tvm_call_cpacked_lowered": "call_cpacked_lowered",
}
"""Names in text that are not the built-in's own."""
READ = {text: name for name, text in WRITTEN.items()}

_HANDLES = (
    "address_of", "anylist_getitem", "lookup_param", "tvm_access_ptr", "tvm_stack_alloca", "tvm_stack_make_array",
    "tvm_stack_make_shape", "texture2d_load", "undef_handle",
)  # fmt: skip
_INT32 = (
    "tvm_call_packed", "tvm_call_cpacked", "tvm_call_packed_lowered", "tvm_call_cpacked_lowered", "popcount", "clz",
    "tvm_warp_activemask", "tvm_struct_set", "tvm_throw_last_error", "anylist_setitem_call_packed",
    "anylist_setitem_call_cpacked", "anylist_resetitem",
)  # fmt: skip
_BOOLS = ("isnan", "isinf", "isfinite", "isnullptr", "any", "all")
_VOID = (
    "assume", "ptx_commit_group", "ptx_wait_group", "start_profile_intrinsic", "end_profile_intrinsic",
    "tvm_fill_fragment", "tvm_load_matrix_sync", "tvm_mma_sync", "tvm_bmma_sync", "tvm_store_matrix_sync",
    "tvm_thread_allreduce",
    "make_filled_simdgroup_matrix", "simdgroup_load", "simdgroup_store", "simdgroup_multiply_accumulate",
    "create_barriers", "ptx_init_barrier_thread_count", "ptx_arrive_barrier", "ptx_arrive_barrier_expect_tx",
    "ptx_wait_barrier", "ptx_cp_async_barrier", "texture2d_store",
)  # fmt: skip
_RESULTS = {
    **dict.fromkeys(_HANDLES, "handle"),
    **dict.fromkeys(_INT32, "int32"),
    **dict.fromkeys(_BOOLS, "bool"),
    **dict.fromkeys(_VOID, "void"),
    "tvm_storage_sync": "int32",
    "tvm_thread_invariant": "",
    "vscale": "int32",
}


def result_type(name: str, first: str | None) -> str:
    """The type of a call: the built-in's own, else that of the first argument; nothing known gives ``void``."""
    return _RESULTS.get(name) or first or "void"
