"""Where the passes of Relay are, by the name they have in tvm.relay.transform. Each is imported when it is first used.

A pass is one file of :mod:`relay_compat.passes`; its maker has TVM's name and signature.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

_HOMES = {
    "relay_compat.backend.utils": "mangle_module_name",
    "relay_compat.passes.alter_op_layout": "AlterOpLayout",
    "relay_compat.passes.annotate_spans": "AnnotateSpans",
    "relay_compat.passes.annotate_target": "AnnotateTarget",
    "relay_compat.passes.annotate_used_memory": "AnnotateUsedMemory",
    "relay_compat.passes.backward_fold_scale_axis": "BackwardFoldScaleAxis",
    "relay_compat.passes.batching_ops": "BatchingOps",
    "relay_compat.passes.canonicalize_cast": "CanonicalizeCast",
    "relay_compat.passes.canonicalize_ops": "CanonicalizeOps",
    "relay_compat.passes.capture_post_dfs_index_in_spans": "CapturePostDfsIndexInSpans",
    "relay_compat.passes.change_batch": "ChangeBatch",
    "relay_compat.passes.combine_parallel_batch_matmul": "CombineParallelBatchMatmul",
    "relay_compat.passes.combine_parallel_conv2d": "CombineParallelConv2D",
    "relay_compat.passes.combine_parallel_dense": "CombineParallelDense",
    "relay_compat.passes.combine_parallel_op_batch": "CombineParallelOpBatch",
    "relay_compat.passes.conv2d_to_sparse": "Conv2dToSparse Conv2dToSparse2",
    "relay_compat.passes.convert_layout": "ConvertLayout",
    "relay_compat.passes.dead_code_elimination": "DeadCodeElimination",
    "relay_compat.passes.dedup": "dedup",
    "relay_compat.passes.defunctionalization": "Defunctionalization",
    "relay_compat.passes.defuse_ops": "DefuseOps",
    "relay_compat.passes.dense_to_sparse": "DenseToSparse",
    "relay_compat.passes.desired_layouts": "LayoutConfig",
    "relay_compat.passes.div_to_mul": "DivToMul",
    "relay_compat.passes.dynamic_to_static": "DynamicToStatic",
    "relay_compat.passes.eliminate_common_subexpr": "EliminateCommonSubexpr",
    "relay_compat.passes.eta_expand": "EtaExpand",
    "relay_compat.passes.fake_quantization_to_integer": "FakeQuantizationToInteger",
    "relay_compat.passes.fast_math": "FastMath",
    "relay_compat.passes.first_order_gradient": "FirstOrderGradient",
    "relay_compat.passes.flatten_atrous_conv": "FlattenAtrousConv",
    "relay_compat.passes.flexible_shape_dispatch": "FlexibleShapeDispatch",
    "relay_compat.passes.fold_constant": "FoldConstant FoldConstantExpr",
    "relay_compat.passes.fold_explicit_padding": "FoldExplicitPadding",
    "relay_compat.passes.fold_scale_axis": "FoldScaleAxis",
    "relay_compat.passes.forward_fold_scale_axis": "ForwardFoldScaleAxis",
    "relay_compat.passes.fuse_ops": "FuseOps",
    "relay_compat.passes.gradient": "gradient",
    "relay_compat.passes.infer_type": "InferType",
    "relay_compat.passes.inline": "Inline",
    "relay_compat.passes.inline_compiler_functions_bound_to": "InlineCompilerFunctionsBoundTo",
    "relay_compat.passes.lambda_lift": "LambdaLift",
    "relay_compat.passes.lazy_gradient_init": "LazyGradientInit",
    "relay_compat.passes.legalize": "Legalize",
    "relay_compat.passes.manifest_alloc": "ManifestAlloc",
    "relay_compat.passes.manifest_lifetimes": "ManifestLifetimes",
    "relay_compat.passes.mark_compiler_functions_as_extern": "MarkCompilerFunctionsAsExtern",
    "relay_compat.passes.merge_compiler_regions": "MergeCompilerRegions",
    "relay_compat.passes.merge_composite": "MergeComposite",
    "relay_compat.passes.outline_compiler_functions": "OutlineCompilerFunctionsWithExistingGlobalSymbols",
    "relay_compat.passes.partial_evaluate": "PartialEvaluate",
    "relay_compat.passes.partition_graph": "PartitionGraph",
    "relay_compat.passes.plan_devices": "PlanDevices",
    "relay_compat.passes.recast": "recast",
    "relay_compat.passes.remove_standalone_reshapes": "RemoveStandaloneReshapes",
    "relay_compat.passes.remove_unused_functions": "RemoveUnusedFunctions",
    "relay_compat.passes.simplify_expr": "SimplifyExpr SimplifyExprPostAlterOp",
    "relay_compat.passes.simplify_fc_transpose": "SimplifyFCTranspose",
    "relay_compat.passes.simplify_inference": "SimplifyInference",
    "relay_compat.passes.split_args": "SplitArgs",
    "relay_compat.passes.to_a_normal_form": "ToANormalForm ToANormalFormExpr",
    "relay_compat.passes.to_basic_block_normal_form": "ToBasicBlockNormalForm",
    "relay_compat.passes.to_cps": "ToCPS UnCPS to_cps un_cps",
    "relay_compat.passes.to_graph_normal_form": "ToGraphNormalForm",
    "relay_compat.passes.to_mixed_precision": "ToMixedPrecision",
    "relay_compat.types.local": "InferTypeLocal",
}
HOME_OF = {name: home for home, listed in _HOMES.items() for name in listed.split()}
_BESIDE = {
    "relay_compat.backend.memory_plan": "backend.GraphPlanMemory",
    "relay_compat.qnn.transform": "qnn.CanonicalizeOps qnn.Legalize",
    "relay_compat.quantize": "quantize.annotate quantize.calibrate quantize.partition quantize.prerequisite_optimize"
    " quantize.quantize quantize.realize",
}
_HOME_BESIDE = {name: home for home, listed in _BESIDE.items() for name in listed.split()}
NAMES = (*HOME_OF, *_HOME_BESIDE)
"""All passes: those of tvm.relay.transform, and of other parts of tvm.relay with the name of the part."""


def find(name: str) -> Callable[..., Any] | None:
    """What tvm.relay has under one of these names: the maker of a pass; None when there is no such pass."""
    home = HOME_OF.get(name) or _HOME_BESIDE.get(name)
    return None if home is None else getattr(import_module(home), name.rpartition(".")[2])
