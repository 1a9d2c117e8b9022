"""Where the rules of the passes stand that are on both sides: what rule_mutants.py takes out and makes wrong.

Functions that are left out (``but``) decide nothing for the pass: methods that its own class overrides, what only
other passes call, what an option decides that is not proven.
"""

from __future__ import annotations

from rule_mutants import Decisions, Place, Registered, RelaxGradients, Table, gradients_on_both
from wrong_rules import wrong_adjoints

from migrate.verify.generate.skeletons.adjoints import THROUGH_OPERATORS
from migrate.verify.generate.skeletons.followers import ON_BOTH, RELAY_ONLY
from relay_compat.transform.mixed_precision import DEFAULT_FOLLOW_LIST, generic_always_op, generic_never_op

_SIMPLIFY = (
    "zeros_like", "ones_like", "full_like", "reshape_like", "collapse_sum_like", "broadcast_to_like", "cast_like",
    "add_to_itself", "divide_by_square_root", "identity", "reshape", "transpose", "no_transpose", "same_cast",
    "consecutive_cast", "full_elementwise", "switch_add_multiply", "adjacent", "dequantized_argmax",
    "dequantized_argmin", "dequantized_argsort", "clip_and_casts", "clip", "binomial",
)  # fmt: skip
"""Names of Relay's rules of SimplifyExpr, in the order of its table."""

_RELAY = "relay_compat.passes."
_RELAX = "relax_core.passes."
_BACKWARD = (
    Table("relay", _RELAY + "backward_fold_scale_axis", "_PREPARE"),
    Decisions("relay", _RELAY + "backward_fold_scale_axis"),
    Table("relax", _RELAX + "backward_fold_scale_axis", "RULES"),
    # What gives a call as it was is made wrong in the table.
    Decisions("relax", _RELAX + "backward_fold_scale_axis", but=("_same_call",)),
)
_FORWARD = (
    Table("relay", _RELAY + "forward_fold_scale_axis", "_PREPARE"),
    Table("relay", _RELAY + "forward_fold_scale_axis", "_RULES"),
    # Nobody asks for a scale that found no taker.
    Decisions("relay", _RELAY + "forward_fold_scale_axis", but=("_Scaled.realize",)),
    Table("relax", _RELAX + "forward_fold_scale_axis", "RULES"),
    # Relay's version divides by whatever there is: factors with zeros are none for both.
    Decisions("relax", _RELAX + "forward_fold_scale_axis", but=("_is_divided", "_same_call")),
)
_PARALLEL_ON_RELAX = Decisions("relax", _RELAX + "combine_parallel_matmul")
_GRADIENTS = Registered(
    "relay", "FPrimalGradient", tuple(make.__name__ for make in THROUGH_OPERATORS), wrong=wrong_adjoints
)
# Products and variances become these two.
_GRADIENTS_ON_RELAX = RelaxGradients("relax", (*gradients_on_both(), "matmul", "variance"))

_NOT_ASKED = ("LayoutConfig.check_skip", "_skipped", "_in_blocks", "_is_depthwise")
_NOT_CONVERTED = (
    "call_lowered", "memory.alloc_storage", "memory.alloc_tensor", "memory.kill", "vm.invoke_tvm_op"
)  # fmt: skip
"""Relay's operators with a rule for layouts whose programs the converter refuses."""
_NOT_SAID = (
    "atan2", "ccl.allgather", "ccl.allreduce", "ccl.broadcast_from_worker0", "ewise_fma", "log_add_exp", "nn.gelu",
    "nn.gelu_tanh", "nn.rms_norm", "nn.selu", "nn.silu", "round", "square", "std", "variance",
)  # fmt: skip
"""Relax's operators with a rule for layouts of which no converted program has a call: Relay has no such operators, and
rounds halves away from zero.
"""

_NOT_FUSED = (
    # What is there only after passes that follow fusion: no call of it is drawn.
    "call_lowered", "memory.alloc_storage", "memory.alloc_tensor", "memory.kill", "vm.invoke_tvm_op",
    # A transformation for another library, which has no meaning here.
    "nn.contrib_conv2d_winograd_nnpack_weight_transform",
    # Gone afterwards, so that nothing tells where it stood; a recorded case does.
    "annotation.stop_fusion",
)  # fmt: skip

_OF_OPEN_SIZES = (
    "argwhere", "dyn.image.resize2d", "dyn.nn.pad", "dyn.nn.upsampling", "dyn.nn.upsampling3d", "dyn.one_hot",
    "dyn.sparse_to_dense", "dyn.strided_slice", "dyn.topk", "sparse_fill_empty_rows",
)  # fmt: skip
_OF_ONE_ELEMENT = (
    "dyn.broadcast_to", "dyn.expand_dims", "dyn.full", "dyn.ones", "dyn.reshape", "dyn.squeeze", "dyn.tile",
    "dyn.zeros", "ndarray_size",
)  # fmt: skip
"""Where the sizes of their results are known at all."""
_NOT_FROM_RELAY = (
    "atan2", "dynamic_strided_slice", "ewise_fma", "eye", "flatten", "hamming_window", "log_add_exp", "nn.attention",
    "nn.attention_bias", "nn.attention_var_len", "nn.gelu", "nn.gelu_tanh", "nn.rms_norm", "nn.selu", "nn.silu",
    "outer", "round", "square", "vision.roi_pool",
)  # fmt: skip
"""Operators of Relax that no program of Relay becomes a call of."""
_WITHOUT_FLOATS = (
    "arange", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "left_shift", "logical_and", "logical_not",
    "logical_or", "logical_xor", "ones", "right_shift", "zeros",
)  # fmt: skip

PLACES: dict[str, tuple[Place, ...]] = {
    "AlterOpLayout": (
        Table("relay", "relay_compat.layouts.table", "RULES", but=_NOT_CONVERTED),
        Decisions("relay", _RELAY + "alter_op_layout"),
        Decisions("relay", _RELAY + "layout_rewrite"),
        Table("relax", "relax_core.layouts.table", "RULES", only=("nn.conv2d",), elsewhere="ConvertLayout"),
        Decisions("relax", _RELAX + "alter_op_layout"),
        # Nor are there tuples.
        Decisions(
            "relax", _RELAX + "convert_layout", but=("_has_unknown_rank", "_moved", "_permuted", "Layouts._item")
        ),
    ),
    "BackwardFoldScaleAxis": _BACKWARD,
    "CanonicalizeCast": (Decisions("both", _RELAY + "canonicalize_cast"),),
    "CanonicalizeOps": (Decisions("relay", _RELAY + "canonicalize_ops"),),
    "CombineParallelBatchMatmul": (
        Decisions("relay", _RELAY + "combine_parallel_batch_matmul"),
        Decisions("relay", _RELAY + "combine_parallel", but=("Combiner.fits", "same_types")),
        _PARALLEL_ON_RELAX,
    ),
    "CombineParallelConv2D": (
        Decisions("both", _RELAY + "combine_parallel_conv2d"),
        Decisions("both", _RELAY + "combine_parallel", but=("Combiner.takes", "Combiner.fits", "same_types")),
    ),
    "CombineParallelDense": (
        Decisions("relay", _RELAY + "combine_parallel_dense"),
        Decisions("relay", _RELAY + "combine_parallel", but=("Combiner.fits",)),
        _PARALLEL_ON_RELAX,
    ),
    "ConvertLayout": (
        # TVM 0.19 has no kernel of the one that is left out in the other layout.
        Table("relay", _RELAY + "desired_layouts", "_CONVERSIONS", but=("vision.roi_pool",)),
        # No layers are left out; there are neither blocks, nor kernels that only a layer of each channel by itself has.
        Decisions("relay", _RELAY + "desired_layouts", but=_NOT_ASKED),
        Decisions("relay", _RELAY + "layout_rewrite"),
        Table(
            "relay",
            "relay_compat.layouts.table",
            "RULES",
            only=("nn.conv2d", *ON_BOTH, *RELAY_ONLY),
            elsewhere="AlterOpLayout",
        ),
        Table("relax", "relax_core.layouts.table", "RULES", but=_NOT_SAID),
        # Nothing behind a convolution is of unknown rank, or cast to a type.
        Decisions("relax", _RELAX + "convert_layout", but=("_has_unknown_rank", "_moved", "_permuted")),
    ),
    "DeadCodeElimination": (
        Decisions("relay", _RELAY + "dead_code_elimination"),
        Decisions("relax", _RELAX + "remove_unused"),
        Decisions("relax", _RELAX + "dead_code_elimination"),
    ),
    "DefuseOps": (
        Decisions("relay", _RELAY + "defuse_ops"),
        Decisions("relax", _RELAX + "inline_private_functions"),
    ),
    "DivToMul": (Decisions("both", _RELAY + "div_to_mul"),),
    "DynamicToStatic": (
        Table("relay", _RELAY + "dynamic_to_static", "_RULES"),
        Decisions("relay", _RELAY + "dynamic_to_static"),
    ),
    "EliminateCommonSubexpr": (
        Decisions("relay", _RELAY + "eliminate_common_subexpr"),
        Decisions("relax", _RELAX + "eliminate_common_subexpr"),
    ),
    "FakeQuantizationToInteger": (
        Table("both", "relay_compat.transform.fake_quantization_to_integer", "_RULES"),
        # Single operators are rewritten with use_qat only.
        Decisions("both", _RELAY + "fake_quantization_to_integer", but=("_Single.leave",)),
    ),
    "FirstOrderGradient": (
        _GRADIENTS,
        _GRADIENTS_ON_RELAX,
        Decisions("relay", _RELAY + "first_order_gradient"),
        Decisions("relax", _RELAX + "gradient_adjoint"),
    ),
    "FoldConstant": (
        # Devices are Relay's alone.
        Decisions("relay", _RELAY + "fold_constant", but=("_ignoring_device",)),
        # Converted programs call no tensor programs, and their constant sizes are known before.
        Decisions("relax", _RELAX + "fold_constant", but=("_Folder._fold_kernel", "_folded_shape", "_folded_tensor")),
    ),
    "FoldExplicitPadding": (
        Table("relay", _RELAY + "fold_explicit_padding", "_ZERO", other="_LOWEST"),
        Table("relay", _RELAY + "fold_explicit_padding", "_LOWEST", other="_ZERO"),
        Table("relay", _RELAY + "fold_explicit_padding", "_MEANS"),
        Decisions("relay", _RELAY + "fold_explicit_padding"),
        Table("relax", _RELAX + "fold_explicit_padding", "RULES"),
        Decisions("relax", _RELAX + "fold_explicit_padding", but=("_into",)),
    ),
    "FoldScaleAxis": (*_BACKWARD, *_FORWARD),
    "ForwardFoldScaleAxis": _FORWARD,
    "FuseOps": (
        # Moves elements, or works on them one by one.
        Registered("relay", "TOpPattern", missing=8, but=_NOT_FUSED, others=(2, 0)),
        Decisions("relay", _RELAY + "fuse_ops"),
        Decisions("relay", "relay_compat.analysis.partition"),
        Decisions("relax", "relax_core.fusion.partition"),
        Decisions("relax", "relax_core.fusion.graph"),
        # No operator adds up products of values that are each used once.
        Decisions("relax", "relax_core.analysis.op_pattern", but=("_is_reused",)),
    ),
    "Inline": (
        Decisions("relay", _RELAY + "inline"),
        Decisions("relax", _RELAX + "inline_private_functions"),
    ),
    "LambdaLift": (Decisions("relay", _RELAY + "lambda_lift"),),
    "LazyGradientInit": (
        Table("both", _RELAY + "lazy_gradient_init", "_MAKES"),
        Table("both", _RELAY + "lazy_gradient_init", "_COMPUTES"),
        Decisions("both", _RELAY + "lazy_gradient_init"),
    ),
    "MergeComposite": (
        Decisions("relay", _RELAY + "merge_composite"),
        Decisions("relax", _RELAX + "fuse_ops_by_pattern"),
    ),
    "PartialEvaluate": (Decisions("both", "relay_compat.partial.evaluator"),),
    "PartitionGraph": (
        # Tuples and references are marked by default; no call of a variable is another one then.
        Decisions(
            "relay",
            _RELAY + "annotate_target",
            but=("_Annotator.variable_call", "_CallAnnotator.structure", "_CallAnnotator.variable_call"),
        ),
        Decisions("relay", _RELAY + "merge_compiler_regions"),
        Decisions("relay", _RELAY + "partition_graph"),
        # Layers take tensors, so that nothing depends on tuples.
        Decisions("relax", _RELAX + "merge_composite_functions", but=("_is_flat",)),
    ),
    "RemoveUnusedFunctions": (
        Decisions("relay", _RELAY + "remove_unused_functions"),
        Decisions("relax", _RELAX + "dead_code_elimination"),
    ),
    "SimplifyExpr": (
        Table("relay", _RELAY + "simplify_expr", "_RULES", _SIMPLIFY),
        Table("relax", _RELAX + "simplify_expr", "RULES"),
    ),
    "SimplifyInference": (
        Decisions("relay", _RELAY + "simplify_inference"),
        Table("relax", _RELAX + "decompose_ops", "_INFERENCE"),
    ),
    "SplitArgs": (Decisions("both", _RELAY + "split_args"),),
    "ToMixedPrecision": (
        Registered("relay", "FTVMMixedPrecisionConversionType", others=(generic_never_op, generic_always_op)),
        Decisions("relay", _RELAY + "to_mixed_precision"),
        Table("relax", _RELAX + "to_mixed_precision", "ALWAYS", other="FOLLOW", but=_NOT_FROM_RELAY),
        Table("relax", _RELAX + "to_mixed_precision", "FOLLOW", other="ALWAYS", but=_NOT_FROM_RELAY),
        # What calls of functions take is as it was: there is one function.
        Decisions("relax", _RELAX + "to_mixed_precision", but=("_Mixed._as_before",)),
    ),
    "gradient": (
        _GRADIENTS,
        _GRADIENTS_ON_RELAX,
        # On Relax there is one function of one dataflow block.
        Decisions("relay", _RELAY + "gradient", but=("_Reverse._global", "_Reverse._match")),
        Decisions("relax", _RELAX + "gradient_adjoint"),
    ),
    "relay.qnn.transform.CanonicalizeOps": (Table("relay", "relay_compat.qnn.canonical", "_RULES"),),
}
"""By the name of the pass."""

_CONSTANT = (
    "equal", "full", "full_like", "greater", "greater_equal", "less", "less_equal", "not_equal", "ones", "ones_like",
    "zeros", "zeros_like",
)  # fmt: skip
_NO_FAULTS_OF_GRADIENTS = {
    f"{name}, {rule}": reason
    for name in ("FirstOrderGradient", "gradient")
    for rule, reason in (
        *((f"relay: {op} falsified", "it has no operands") for op in ("ones", "zeros")),
        *((f"relay: {op} falsified", "it takes nothing but a shape") for op in ("dyn.ones", "dyn.zeros")),
        ("relay: arange falsified", "its bounds are constants where its size is known"),
        ("relay: full falsified", "what it fills with is a constant: TVM's Relax has no adjoint for it"),
        *((f"relax: {op} falsified", "it takes constants alone") for op in ("full", "ones", "zeros")),
        *((f"relax: {op} deleted", "it has no adjoints, or zeros, in any case") for op in _CONSTANT),
        *((f"relax: one_hot {kind}", "one of parameters is written out") for kind in ("deleted", "falsified")),
    )
}

NO_FAULTS: dict[str, str] = {
    **{
        f"FakeQuantizationToInteger, both: {name} {kind}": reason
        for name, reason in (
            ("hardswish", "Relay has no operator of the name"),
            ("nn.leaky_relu", "TVM 0.19's rule is itself wrong, so that it is not drawn"),
        )
        for kind in ("deleted", "falsified")
    },
    "AlterOpLayout, relay: checked_call falsified": "it gives what it was given",
    **dict.fromkeys(
        (
            f"AlterOpLayout, relay: {name} deleted"
            for name in ("fixed_point_multiply_per_axis", "ndarray_size", "vm.reshape_tensor", "vm.shape_of")
        ),
        "TVM 0.19's rule is itself wrong where a layout changes, and says nothing where none does",
    ),
    "AlterOpLayout, relax: _typed falsified": "convolutions are altered to convolutions, not to other calls",
    **_NO_FAULTS_OF_GRADIENTS,
    "FirstOrderGradient, relay: _typed falsified": "it gives what it was given",
    "FakeQuantizationToInteger, both: _Rules.refused falsified": "it gives what it was given",
    "FakeQuantizationToInteger, both: _has_rule always": "a region is refused when the call without a rule is met",
    **dict.fromkeys(
        (f"FuseOps, relay: {name} {kind}" for name in _OF_OPEN_SIZES for kind in ("deleted", "falsified")),
        "the pass takes it for opaque where values tell the sizes of its result, whatever is registered",
    ),
    **dict.fromkeys(
        (f"FuseOps, relay: {name} falsified" for name in _OF_ONE_ELEMENT),
        "of one element, there are no others to move; with open sizes, the pass takes it for opaque",
    ),
    **dict.fromkeys(
        (f"FuseOps, relay: {name} falsified" for name in ("meshgrid", "sparse_reshape", "split")),
        "its parts are taken, which moves elements",
    ),
    **dict.fromkeys(
        (f"FuseOps, relay: {name} deleted" for name in ("nn.batch_norm", "nn.sparse_transpose")),
        "its parts are taken, which nothing joins that is like a product",
    ),
    "FoldConstant, relax: _is_static always": "operators whose sizes depend on data stay in any case",
    "FuseOps, relay: _links_params never": "no module that is drawn names an executor, which is what it asks about",
    **dict.fromkeys(
        (f"ToMixedPrecision, relay: {name} deleted" for name in DEFAULT_FOLLOW_LIST),
        "operators of no category follow their operands, as these do",
    ),
    **dict.fromkeys(
        (f"ToMixedPrecision, relax: {name} {kind}" for name in _WITHOUT_FLOATS for kind in ("deleted", "falsified")),
        "there is nothing to cast among what it takes",
    ),
    "ToMixedPrecision, relax: _is never": "what is as it was is made anew",
    "PartitionGraph, relay: _TupleFlattener.leave deleted": "a function may return the tuple itself, of the same parts",
    "MergeComposite, relax: _is_made never": "no function is made within a function that is made",
    **dict.fromkeys(
        (f"DynamicToStatic, relay: dyn.{name} deleted" for name in ("ones", "zeros")),
        "the pass folds constants, too, which evaluates the call on a known shape",
    ),
}
"""Mutants that give a pass that is as right, and why."""
