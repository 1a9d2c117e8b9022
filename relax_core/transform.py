"""Passes over Relax modules (tvm.relax.transform in TVM 0.19 to 0.27).

``FoldConstant()`` and its like make a pass; a pass is called with a module and returns another. Each maker is one file
of :mod:`relax_core.passes`, imported when it is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from relax_core.passes.function_pass import DataflowBlockPass, FunctionPass, dataflowblock_pass, function_pass

_HOMES = {
    "relax_core.passes.alter_op_impl": "AlterOpImpl",
    "relax_core.passes.alter_op_layout": "AlterOpLayout",
    "relax_core.passes.annotate_tir_op_pattern": "AnnotateTIROpPattern",
    "relax_core.passes.attach_attr_layout_free_buffers": "AttachAttrLayoutFreeBuffers",
    "relax_core.passes.attach_global_symbol": "AttachGlobalSymbol",
    "relax_core.passes.backward_fold_scale_axis": "BackwardFoldScaleAxis",
    "relax_core.passes.bind_params": "BindParams",
    "relax_core.passes.bind_symbolic_vars": "BindSymbolicVars",
    "relax_core.passes.canonicalize_bindings": "CanonicalizeBindings",
    "relax_core.passes.combine_parallel_matmul": "CombineParallelMatmul",
    "relax_core.passes.compute_prim_value": "ComputePrimValue",
    "relax_core.passes.convert_layout": "ConvertLayout",
    "relax_core.passes.convert_to_dataflow": "ConvertToDataflow",
    "relax_core.passes.dead_code_elimination": "DeadCodeElimination",
    "relax_core.passes.decompose_ops": "DecomposeOpsForInference DecomposeOpsForTraining",
    "relax_core.passes.eliminate_common_subexpr": "EliminateCommonSubexpr",
    "relax_core.passes.expand_matmul_of_sum": "ExpandMatmulOfSum",
    "relax_core.passes.expand_tuple_arguments": "ExpandTupleArguments",
    "relax_core.passes.fold_constant": "FoldConstant",
    "relax_core.passes.fold_explicit_padding": "FoldExplicitPadding",
    "relax_core.passes.fold_scale_axis": "FoldScaleAxis",
    "relax_core.passes.forward_fold_scale_axis": "ForwardFoldScaleAxis",
    "relax_core.passes.fuse_ops": "FuseOps",
    "relax_core.passes.fuse_tir": "FuseTIR",
    "relax_core.passes.gradient": "Gradient",
    "relax_core.passes.bundle_model_params": "BundleModelParams",
    "relax_core.passes.inline_private_functions": "InlinePrivateFunctions",
    "relax_core.passes.kill_after_last_use": "KillAfterLastUse",
    "relax_core.passes.lambda_lift": "LambdaLift",
    "relax_core.passes.lazy_get_input": "LazyGetInput",
    "relax_core.passes.lazy_set_output": "LazySetOutput",
    "relax_core.passes.legalize_ops": "LegalizeOps",
    "relax_core.passes.lift_transform_params": "LiftTransformParams",
    "relax_core.passes.fuse_ops_by_pattern": "FuseOpsByPattern FusionPattern PatternCheckContext",
    "relax_core.passes.merge_composite_functions": "MergeCompositeFunctions",
    "relax_core.passes.lower_alloc_tensor": "LowerAllocTensor",
    "relax_core.passes.lower_runtime_builtin": "LowerRuntimeBuiltin",
    "relax_core.passes.normalize": "Normalize",
    "relax_core.passes.normalize_global_var": "NormalizeGlobalVar",
    "relax_core.passes.remove_purity_checking": "RemovePurityChecking",
    "relax_core.passes.remove_unused_outputs": "RemoveUnusedOutputs",
    "relax_core.passes.remove_unused_parameters": "RemoveUnusedParameters",
    "relax_core.passes.reorder_permute_dims_after_concat": "ReorderPermuteDimsAfterConcat",
    "relax_core.passes.reorder_take_after_matmul": "ReorderTakeAfterMatmul",
    "relax_core.passes.rewrite_dataflow_reshape": "RewriteDataflowReshape",
    "relax_core.passes.simplify_expr": "SimplifyExpr",
    "relax_core.passes.split_layout_rewrite_preproc": "SplitLayoutRewritePreproc",
    "relax_core.passes.static_plan_block_memory": "StaticPlanBlockMemory",
    "relax_core.passes.to_mixed_precision": "ToMixedPrecision",
    "relax_core.passes.to_non_dataflow": "ToNonDataflow",
    "relax_core.passes.topological_sort": "TopologicalSort",
    "relax_core.passes.update_param_type": "UpdateParamType UpdateParamStructInfo",
}
HOME_OF = {name: home for home, listed in _HOMES.items() for name in listed.split()}
"""The module of each pass, by the name it has in tvm.relax.transform."""

__all__ = ["HOME_OF", "DataflowBlockPass", "FunctionPass", "dataflowblock_pass", "find", "function_pass", *HOME_OF]  # pyright: ignore[reportUnsupportedDunderAll]


def find(name: str) -> Callable[..., Any] | None:
    """What tvm.relax.transform has under this name: the maker of a pass; None when there is no such pass."""
    home = HOME_OF.get(name)
    return None if home is None else getattr(import_module(home), name)


def __getattr__(name: str) -> Any:
    found = find(name)
    if found is None:
        raise AttributeError(f"module 'relax_core.transform' has no attribute {name!r}")
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *HOME_OF})
