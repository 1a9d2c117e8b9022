"""Which fields the objects of a JSON module have, in visiting order, and how each is stored.

Read off TVM 0.19 (its headers, and the attribute lists of live objects). A field holds another object unless a letter
says that its value stands in the node itself: ``i`` integer, ``f`` double, ``b`` bool, ``s`` string, ``d`` element
type, ``n`` an array of ``b64ndarrays``. Attributes of a vendor's operators are stored as their card lists them:
numbers, strings (``std::string``) and element types in the node.
"""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache

from tensor_core.ops.card import Kind
from tensor_core.ops.registry import registry

_EXPR = "virtual_device_ span _checked_type_"

_NODES = f"""
IRModule functions type_definitions global_var_map_ global_type_var_map_ source_map attrs global_infos
SourceMap source_map
Source source_name source
GlobalVar name_hint virtual_device_ span _checked_type_ struct_info_
GlobalTypeVar name_hint kind:i span
TypeVar name_hint kind:i span
Span source_name line:i column:i end_line:i end_column:i
SequentialSpan source_name line:i column:i end_line:i end_column:i spans
relay.Function params body ret_type type_params attrs {_EXPR}
relay.Id name_hint
relay.Var vid type_annotation {_EXPR}
relay.Constant data:n {_EXPR}
relay.Call op args attrs type_args {_EXPR}
relay.Let var value body {_EXPR}
relay.If cond true_branch false_branch {_EXPR}
relay.Tuple fields {_EXPR}
relay.TupleGetItem tuple_value index:i {_EXPR}
relay.RefCreate value {_EXPR}
relay.RefRead ref {_EXPR}
relay.RefWrite ref value {_EXPR}
relay.Match data clauses complete:b {_EXPR}
relay.Clause lhs rhs
relay.PatternWildcard span
relay.PatternVar var span
relay.PatternTuple patterns span
relay.PatternConstructor constructor patterns span
relay.Constructor name_hint inputs belong_to tag:i span _checked_type_
relay.TypeData header type_vars constructors span
relay.TensorType shape dtype:d span
TupleType fields span
FuncType arg_types ret_type type_params type_constraints span
TypeCall func args span
relay.RefType value span
IncompleteType kind:i span
PrimType dtype:d
IntImm dtype:d value:i span
FloatImm dtype:d value:f span
tir.StringImm dtype:d value span
tir.Any dtype:d span
tir.Var dtype:d name type_annotation span
tir.SizeVar dtype:d name type_annotation span
tir.Not dtype:d a span
tir.Select dtype:d condition true_value false_value span
tir.Cast dtype:d value span
tir.IndexMap initial_indices final_indices inverse_index_map
VirtualDevice device_type_int:i virtual_device_id:i target memory_scope
Target kind tag keys attrs features host
DictAttrs __dict__
attrs.TestAttrs axis:i name:s padding func
Executor name attrs
Runtime name attrs
"""
_BINARY = "Add Sub Mul Div Mod FloorDiv FloorMod Min Max EQ NE LT LE GT GE And Or"

_ATTRS = """
AdaptivePool1DAttrs output_size layout:s out_layout
AdaptivePool2DAttrs output_size layout:s out_layout
AdaptivePool3DAttrs output_size layout:s out_layout
AffineGridAttrs target_shape
AllClassNonMaximumSuppressionAttrs output_format:s
AllocStorageAttrs dtype:d virtual_device
AllocTensorAttrs dtype:d const_shape assert_shape
ArangeAttrs start stop step dtype:d
ArgReduceAttrs axis keepdims:b select_last_index:b exclude:b
ArgsortAttrs axis:i is_ascend:b dtype:d
AutoSchedulerLayoutTransformAttrs src_layout:s dst_layout:s
AvgPool1DAttrs pool_size strides dilation padding layout:s out_layout ceil_mode:b count_include_pad:b
AvgPool2DAttrs pool_size strides dilation padding layout out_layout ceil_mode:b count_include_pad:b
AvgPool3DAttrs pool_size strides dilation padding layout:s out_layout ceil_mode:b count_include_pad:b
BatchMatmulAttrs out_dtype:d transpose_a:b transpose_b:b
BatchNormAttrs axis:i epsilon:f center:b scale:b
BatchToSpaceNDAttrs block_shape crops
BiasAddAttrs axis:i
BinaryConv2DAttrs strides padding kernel_size channels activation_bits:i weight_bits:i data_layout:s kernel_layout:s
  pack_dtype:d out_dtype:d unipolar:b
BinaryDenseAttrs units data_bits:i weight_bits:i pack_dtype:d out_dtype:d unipolar:b
BitPackAttrs bits:i pack_axis:i bit_axis:i pack_type:d name:s
BroadcastAttrs lhs_axis:i rhs_axis:i
CallLoweredAttrs metadata
CastAttrs dtype:d
CastHintAttrs dtype:d
ClipAttrs a_min:f a_max:f
CompilerAttrs compiler:s
ConcatenateAttrs axis:i
Conv1DAttrs strides padding dilation groups:i channels kernel_size data_layout kernel_layout out_layout out_dtype:d
Conv1DTransposeAttrs channels kernel_size strides output_padding padding dilation groups:i data_layout:s
  kernel_layout:s out_layout:s out_dtype:d
Conv2DAttrs strides padding dilation groups:i channels kernel_size data_layout kernel_layout out_layout out_dtype:d
Conv2DTransposeAttrs channels kernel_size strides output_padding padding dilation groups:i data_layout:s
  kernel_layout:s out_layout:s out_dtype:d
Conv2DWinogradAttrs tile_size:i strides padding dilation groups:i channels kernel_size data_layout kernel_layout
  out_layout out_dtype:d
Conv2DWinogradNNPACKWeightTransformAttrs convolution_algorithm:i out_dtype:d
Conv3DAttrs strides padding dilation groups:i channels kernel_size data_layout kernel_layout out_layout out_dtype:d
Conv3DTransposeAttrs channels kernel_size strides output_padding padding dilation groups:i data_layout kernel_layout
  out_layout out_dtype:d
Conv3DWinogradAttrs tile_size:i strides padding dilation groups:i channels kernel_size data_layout:s kernel_layout:s
  out_layout:s out_dtype:d
ConvGemmWeightTransformAttrs tile_N:i tile_K:i
ConvWinogradWeightTransformAttrs tile_size:i
CorrelationAttrs kernel_size:i max_displacement:i stride1:i stride2:i padding is_multiply:b layout
CropAndResizeAttrs crop_size layout:s method:s extrapolation_value:f out_dtype:d
DFTAttrs inverse
DebugAttrs debug_func
DeformableConv2DAttrs strides padding dilation deformable_groups:i groups:i channels kernel_size data_layout:s
  kernel_layout:s out_layout:s out_dtype:d
DenseAttrs units out_dtype:d
DensePackAttrs units out_dtype:d weight_layout
DequantizeAttrs out_dtype:d axis:i
DeviceCopyAttrs src_virtual_device dst_virtual_device
DilateAttrs strides dilation_value:f
Dilation2DAttrs strides padding dilations data_layout:s kernel_layout:s out_dtype:d
DropoutAttrs rate:f
DynExpandDimsAttrs num_newaxis:i
EinsumAttrs equation
ExpandDimsAttrs axis:i num_newaxis:i
FIFOBufferAttrs axis:i
FixedPointMultiplyAttrs multiplier:i shift:i
FixedPointMultiplyPerAxisAttrs is_lshift_required:b is_rshift_required:b axes
GatherAttrs axis
GatherNDAttrs batch_dims index_rank
GetValidCountsAttrs score_threshold id_index:i score_index:i
GlobalPool2DAttrs layout out_layout
GridSampleAttrs method layout padding_mode align_corners:b
GroupNormAttrs num_groups:i axis:i epsilon:f center:b scale:b
InitOpAttrs shape dtype:d
InstanceNormAttrs axis:i epsilon:f center:b scale:b
L2NormalizeAttrs eps:f axis
LRNAttrs size:i axis:i bias:f alpha:f beta:f
LayerNormAttrs axis:i epsilon:f center:b scale:b
LayoutTransformAttrs src_layout:s dst_layout:s
LeakyReluAttrs alpha:f
MatmulAttrs units out_dtype:d transpose_a:b transpose_b:b
MatrixSetDiagAttrs k1:i k2:i super_diag_right_align:b sub_diag_right_align:b
MaxPool1DAttrs pool_size strides dilation padding layout:s out_layout ceil_mode:b
MaxPool2DAttrs pool_size strides dilation padding layout out_layout ceil_mode:b
MaxPool3DAttrs pool_size strides dilation padding layout:s out_layout ceil_mode:b
MeshgridAttrs indexing:s
MetaRefAttrs node_type_key node_index:i
MetaScheduleLayoutTransformAttrs index_map
MirrorPadAttrs mode:s pad_width
MultiBoxPriorAttrs sizes ratios steps offsets clip:b
MultiBoxTransformLocAttrs clip:b threshold:f variances keep_background:b
MultinomialAttrs num_samples
NLLLossAttrs reduction:s ignore_index:i
NdarraySizeAttrs dtype:d
NonMaximumSuppressionAttrs force_suppress:b top_k:i coord_start:i score_index:i id_index:i return_indices:b
  invalid_to_bottom:b
NormalAttrs out_shape out_dtype:d
OnDeviceAttrs virtual_device constrain_result:b constrain_body:b
OneHotAttrs depth:i axis:i dtype:d
PReluAttrs axis:i
PadAttrs pad_width pad_mode
ProposalAttrs scales ratios feature_stride:i threshold:f rpn_pre_nms_top_n:i rpn_post_nms_top_n:i rpn_min_size:i
  iou_loss:b
QuantizeAttrs out_dtype:d axis:i
ROIAlignAttrs pooled_size spatial_scale:f sample_ratio:i layout:s mode:s
ROIPoolAttrs pooled_size spatial_scale:f layout:s
ReduceAttrs axis keepdims:b exclude:b
RegularNonMaximumSuppressionAttrs max_detections_per_class:i max_detections:i num_classes:i iou_threshold:f
  score_threshold:f
RepeatAttrs repeats axis
RequantizeAttrs axis:i rounding:s compute_dtype:s out_dtype:d
ReshapeAttrs newshape allowzero:b
ReshapeLikeAttrs lhs_begin:i lhs_end rhs_begin:i rhs_end
ReshapeTensorAttrs newshape
Resize1DAttrs size roi layout:s method:s coordinate_transformation_mode:s rounding_method:s cubic_alpha:f
  cubic_exclude:i extrapolation_value:f out_dtype:d
Resize2DAttrs size roi layout:s method:s coordinate_transformation_mode:s rounding_method:s cubic_alpha:f
  cubic_exclude:i extrapolation_value:f out_dtype:d
Resize3DAttrs size roi layout:s method:s coordinate_transformation_mode:s rounding_method:s cubic_alpha:f
  cubic_exclude:i extrapolation_value:f out_dtype:d
ReverseAttrs axis
ReverseSequenceAttrs seq_axis batch_axis
ScanopAttrs axis dtype:d exclusive
ScatterElementsAttrs axis reduction
ScatterNDAttrs mode
SearchSortedAttrs right:b dtype:d
SequenceMaskAttrs mask_value:f axis:i
ShapeOfAttrs dtype:d
SimulatedQuantizeAttrs axis:i
SliceLikeAttrs axes
SlidingWindowAttrs axis:i window_shape strides
SoftmaxAttrs axis:i
SpaceToBatchNDAttrs block_shape paddings pad_value:f
SparseConv2DAttrs layout:s kernel_size
SparseDenseAttrs sparse_lhs:b
SparseToDenseAttrs output_shape
SparseTransposeAttrs
SplitAttrs indices_or_sections axis:i
SqueezeAttrs axis
StackAttrs axis
StftAttrs n_fft:i hop_length:i win_length:i normalized:b onesided:b
StridedSliceAttrs begin end strides slice_mode axes
SubPixelAttrs block_size:i layout:s mode:s
TakeAttrs batch_dims axis mode
ThreefryGenerateAttrs out_shape
TileAttrs reps
TopkAttrs k axis:i ret_type:s is_ascend:b dtype:d
TransposeAttrs axes
TriluAttrs upper:b
UniformAttrs out_shape out_dtype:d
UniqueAttrs sorted:b return_counts:b
UpSampling3DAttrs scale_d:f scale_h:f scale_w:f layout:s method:s coordinate_transformation_mode:s
UpSamplingAttrs scale_h:f scale_w:f layout method align_corners:b
VarianceAttrs axis keepdims:b exclude:b unbiased:b
WithFuncIdAttrs fid
YoloReorgAttrs stride
"""

Layout = tuple[tuple[str, str], ...]
"""Fields with their storage letter, ``o`` for another object."""


@lru_cache(maxsize=1)
def layouts() -> dict[str, Layout]:
    """The layout of every known kind of node by type key."""
    table = dict(map(_line, _joined(_NODES)))
    table |= {f"relay.attrs.{key}": fields for key, fields in map(_line, _joined(_ATTRS))}
    table |= {f"tir.{name}": _line(f"{name} dtype:d a b span")[1] for name in _BINARY.split()}
    return {**_of_cards(), **table}


def second_layout(key: str, names: Container[str]) -> Layout | None:
    """The layout of a node of a kind that has two, by the names of its fields; None where :func:`layouts` says it."""
    other = _SECOND.get(key)
    return other if other is not None and all(name in names for name, _ in other) else None


_STORED = {Kind.INT: "i", Kind.FLOAT: "f", Kind.BOOL: "b", Kind.STR: "s", Kind.DTYPE: "d"}


def _of_cards() -> dict[str, Layout]:
    spellings = [card.relay for card in registry() if card.relay and card.relay.attrs_type]
    return {
        str(spelling.attrs_type): tuple((item.name, _STORED.get(item.kind, "o")) for item in spelling.fields)
        for spelling in spellings
    }


def _joined(text: str) -> list[str]:
    return text.strip().replace("\n  ", " ").split("\n")


def _line(line: str) -> tuple[str, Layout]:
    key, _, fields = line.partition(" ")
    return key, parse_fields(fields)


def parse_fields(text: str) -> Layout:
    """Fields written as ``name`` or ``name:letter``, between blanks."""
    return tuple((name, storage or "o") for name, _, storage in (item.partition(":") for item in text.split()))


_SECOND = {"relay.attrs.SimulatedQuantizeAttrs": parse_fields("kind:i rounding:s sign:b")}
"""Kinds that name two structs: attributes of relay.op.annotation.simulated_quantize are of the kind
of qnn.simulated_quantize's. TVM 0.19 writes them, and cannot read them back.
"""
