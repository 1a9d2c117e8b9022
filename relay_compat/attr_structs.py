"""The attribute structs of Relay's operators: which operator has which, and the defaults of their fields.

Read off TVM 0.19 (``make_node`` of each struct, ``attrs_type_key`` of each operator). An op card states the same of its
own operator; this table serves operators that no card knows, and structs by themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from relay_compat.json.layout import layouts
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.prim import Imm

_DEFAULTS = """
AdaptivePool1DAttrs output_size=[] layout="NCW" out_layout=""
AdaptivePool2DAttrs output_size=[] layout="NCHW" out_layout=""
AdaptivePool3DAttrs output_size=[] layout="NCDHW" out_layout=""
AllClassNonMaximumSuppressionAttrs output_format="onnx"
AllocStorageAttrs dtype="float32"
AllocTensorAttrs dtype="float32"
ArgReduceAttrs axis=null keepdims=false select_last_index=false exclude=false
ArgsortAttrs axis=-1 is_ascend=true dtype=""
AvgPool1DAttrs strides=[1] dilation=[1] padding=[0] layout="NCW" out_layout="" ceil_mode=false count_include_pad=false
AvgPool2DAttrs strides=[1,1] dilation=[1,1] padding=[0,0] layout="NCHW" out_layout="" ceil_mode=false
  count_include_pad=false
AvgPool3DAttrs strides=[1,1,1] dilation=[1,1,1] padding=[0,0,0] layout="NCDHW" out_layout="" ceil_mode=false
  count_include_pad=false
BatchMatmulAttrs out_dtype="" transpose_a=false transpose_b=false
BatchNormAttrs axis=1 epsilon=1e-05 center=true scale=true
BatchToSpaceNDAttrs block_shape=[1,1]
BiasAddAttrs axis=1
BinaryConv2DAttrs strides=[1,1] padding=[0,0] kernel_size=[3,3] channels=null activation_bits=1 weight_bits=1
  data_layout="NCHW" kernel_layout="OIHW" pack_dtype="" out_dtype="" unipolar=true
BinaryDenseAttrs data_bits=1 weight_bits=1 pack_dtype="" out_dtype="" unipolar=true
BitPackAttrs bits=1 pack_axis=1 bit_axis=-1 pack_type="" name="BitPack"
BroadcastAttrs lhs_axis=-1 rhs_axis=-1
ConcatenateAttrs axis=0
Conv1DAttrs strides=[1] padding=[0,0] dilation=[1] groups=1 channels=null kernel_size=null data_layout="NCW"
  kernel_layout="OIW" out_layout="" out_dtype=""
Conv1DTransposeAttrs channels=null kernel_size=null strides=[1] output_padding=[0] padding=[0] dilation=[1] groups=1
  data_layout="NCW" kernel_layout="IOW" out_layout="" out_dtype=""
Conv2DAttrs strides=[1,1] padding=[0,0] dilation=[1,1] groups=1 channels=null kernel_size=null data_layout="NCHW"
  kernel_layout="OIHW" out_layout="" out_dtype=""
Conv2DTransposeAttrs channels=null kernel_size=null strides=[1,1] output_padding=[0,0] padding=[0,0] dilation=[1,1]
  groups=1 data_layout="NCHW" kernel_layout="IOHW" out_layout="" out_dtype=""
Conv2DWinogradAttrs strides=[1,1] padding=[0,0] dilation=[1,1] groups=1 channels=null kernel_size=null
  data_layout="NCHW" kernel_layout="OIHW" out_layout="" out_dtype=""
Conv2DWinogradNNPACKWeightTransformAttrs out_dtype=""
Conv3DAttrs strides=[1,1,1] padding=[0,0,0] dilation=[1,1,1] groups=1 channels=null kernel_size=null
  data_layout="NCDHW" kernel_layout="OIDHW" out_layout="" out_dtype=""
Conv3DTransposeAttrs channels=null kernel_size=null strides=[1,1,1] output_padding=[0,0,0] padding=[0,0,0]
  dilation=[1,1,1] groups=1 data_layout="NCDHW" kernel_layout="IODHW" out_layout="" out_dtype=""
Conv3DWinogradAttrs strides=[1,1,1] padding=[0,0,0] dilation=[1,1,1] groups=1 channels=null kernel_size=null
  data_layout="NCDHW" kernel_layout="OIDHW" out_layout="" out_dtype=""
CorrelationAttrs kernel_size=1 max_displacement=1 stride1=1 stride2=1 padding=[0,0] is_multiply=true layout="NCHW"
CropAndResizeAttrs crop_size=null layout="NCHW" method="bilinear" extrapolation_value=0.0 out_dtype=""
DFTAttrs inverse=false
DeformableConv2DAttrs strides=[1,1] padding=[0,0] dilation=[1,1] deformable_groups=1 groups=1 channels=null
  kernel_size=null data_layout="NCHW" kernel_layout="OIHW" out_layout="" out_dtype=""
DenseAttrs out_dtype=""
DensePackAttrs out_dtype="" weight_layout="NC"
DequantizeAttrs axis=-1
DilateAttrs strides=[1,1] dilation_value=0.0
Dilation2DAttrs strides=[1,1] padding=[0,0] dilations=[1,1] data_layout="NCHW" kernel_layout="IHW" out_dtype=""
DropoutAttrs rate=0.5
DynExpandDimsAttrs num_newaxis=1
ExpandDimsAttrs num_newaxis=1
FIFOBufferAttrs axis=0
FixedPointMultiplyPerAxisAttrs is_lshift_required=false is_rshift_required=false
GatherAttrs axis=null
GatherNDAttrs batch_dims=0 index_rank=null
GetValidCountsAttrs id_index=0 score_index=1
GlobalPool2DAttrs layout="NCHW" out_layout=""
GridSampleAttrs method="bilinear" layout="NCHW" padding_mode="zeros" align_corners=true
GroupNormAttrs num_groups=0 axis=1 epsilon=1e-05 center=true scale=true
InitOpAttrs dtype=""
InstanceNormAttrs axis=1 epsilon=1e-05 center=true scale=true
LRNAttrs size=5 axis=1 bias=2.0 alpha=0.0001 beta=0.75
LayerNormAttrs axis=-1 epsilon=1e-05 center=true scale=true
LeakyReluAttrs alpha=0.25
MatmulAttrs out_dtype="" transpose_a=false transpose_b=false
MatrixSetDiagAttrs k1=0 k2=0 super_diag_right_align=true sub_diag_right_align=false
MaxPool1DAttrs strides=[1] dilation=[1] padding=[0] layout="NCW" out_layout="" ceil_mode=false
MaxPool2DAttrs strides=[1,1] dilation=[1,1] padding=[0,0] layout="NCHW" out_layout="" ceil_mode=false
MaxPool3DAttrs strides=[1,1,1] dilation=[1,1,1] padding=[0,0,0] layout="NCDHW" out_layout="" ceil_mode=false
MeshgridAttrs indexing="ij"
MirrorPadAttrs mode="SYMMETRIC"
MultiBoxPriorAttrs sizes=[1.0] ratios=[1.0] steps=[-1.0,-1.0] offsets=[0.5,0.5] clip=false
MultiBoxTransformLocAttrs clip=true threshold=0.01
  variances=[0.10000000149011612,0.10000000149011612,0.20000000298023224,0.20000000298023224] keep_background=false
MultinomialAttrs num_samples=1
NLLLossAttrs reduction="mean"
NdarraySizeAttrs dtype=""
NonMaximumSuppressionAttrs force_suppress=false top_k=-1 coord_start=2 score_index=1 id_index=0 return_indices=true
  invalid_to_bottom=false
NormalAttrs out_dtype=""
OnDeviceAttrs constrain_result=false constrain_body=true
OneHotAttrs depth=1 axis=-1 dtype=""
PReluAttrs axis=1
PadAttrs pad_mode="constant"
ProposalAttrs scales=[4.0,8.0,16.0,32.0] ratios=[0.5,1.0,2.0] feature_stride=16 threshold=0.7 rpn_pre_nms_top_n=6000
  rpn_post_nms_top_n=300 rpn_min_size=16 iou_loss=false
QuantizeAttrs axis=-1
ROIAlignAttrs sample_ratio=-1 layout="NCHW" mode="avg"
ROIPoolAttrs layout="NCHW"
ReduceAttrs axis=null keepdims=false exclude=false
RepeatAttrs axis=null
RequantizeAttrs axis=-1 rounding="None" compute_dtype="None" out_dtype=""
ReshapeAttrs allowzero=false
ReshapeLikeAttrs lhs_begin=0 lhs_end=null rhs_begin=0 rhs_end=null
Resize1DAttrs size=null roi=null layout="NCW" method="linear" coordinate_transformation_mode="half_pixel"
  rounding_method="round" cubic_alpha=-0.5 cubic_exclude=0 extrapolation_value=0.0 out_dtype=""
Resize2DAttrs size=null roi=null layout="NCHW" method="linear" coordinate_transformation_mode="half_pixel"
  rounding_method="round" cubic_alpha=-0.5 cubic_exclude=0 extrapolation_value=0.0 out_dtype=""
Resize3DAttrs size=null roi=null layout="NCDHW" method="linear" coordinate_transformation_mode="half_pixel"
  rounding_method="round" cubic_alpha=-0.5 cubic_exclude=0 extrapolation_value=0.0 out_dtype=""
ReverseAttrs axis=null
ReverseSequenceAttrs seq_axis=1 batch_axis=0
ScanopAttrs axis=null dtype="" exclusive=false
ScatterElementsAttrs axis=0 reduction="update"
ScatterNDAttrs mode="update"
SearchSortedAttrs right=false dtype="int32"
SequenceMaskAttrs mask_value=0.0 axis=0
ShapeOfAttrs dtype=""
SimulatedQuantizeAttrs axis=-1
SoftmaxAttrs axis=-1
SpaceToBatchNDAttrs block_shape=[1,1] pad_value=0.0
SparseConv2DAttrs layout="NHWC" kernel_size=[1,1]
SparseDenseAttrs sparse_lhs=false
SplitAttrs axis=0
SqueezeAttrs axis=null
StackAttrs axis=0
StftAttrs n_fft=-1 hop_length=-1 win_length=-1 normalized=false onesided=true
StridedSliceAttrs slice_mode="end"
SubPixelAttrs block_size=1 layout="NCHW" mode="DCR"
TakeAttrs batch_dims=0 axis=null mode="clip"
TopKAttrs axis=-1 ret_type="both" is_ascend=false dtype=""
TopkAttrs axis=-1 ret_type="both" is_ascend=false dtype=""
TriluAttrs upper=true
UniformAttrs out_dtype=""
UniqueAttrs sorted=true return_counts=false
UpSampling3DAttrs layout="NCDHW" method="nearest_neighbor" coordinate_transformation_mode="half_pixel"
UpSamplingAttrs layout="NCHW" method="nearest_neighbor" align_corners=false
VarianceAttrs axis=null keepdims=false exclude=false unbiased=false
WithFuncIdAttrs fid=-1
YoloReorgAttrs stride=1
"""

# An operator behind "!" makes calls with such attributes without declaring them: they are printed as one object.
_OPERATORS = """
AdaptivePool1DAttrs nn.adaptive_avg_pool1d nn.adaptive_max_pool1d
AdaptivePool2DAttrs nn.adaptive_avg_pool2d nn.adaptive_max_pool2d
AdaptivePool3DAttrs nn.adaptive_avg_pool3d nn.adaptive_max_pool3d
AffineGridAttrs image.affine_grid
AllClassNonMaximumSuppressionAttrs !vision.all_class_non_max_suppression
AllocStorageAttrs memory.alloc_storage
AllocTensorAttrs memory.alloc_tensor
ArangeAttrs arange
ArgReduceAttrs argmax argmin
ArgsortAttrs argsort sort
AutoSchedulerLayoutTransformAttrs auto_scheduler_layout_transform
AvgPool1DAttrs nn.avg_pool1d
AvgPool2DAttrs nn.avg_pool2d qnn.avg_pool2d
AvgPool3DAttrs nn.avg_pool3d
BatchMatmulAttrs nn.batch_matmul qnn.batch_matmul
BatchNormAttrs nn.batch_norm
BatchToSpaceNDAttrs nn.batch_to_space_nd
BiasAddAttrs nn.bias_add
BinaryConv2DAttrs nn.bitserial_conv2d
BinaryDenseAttrs nn.bitserial_dense
BitPackAttrs nn.bitpack
BroadcastAttrs qnn.add qnn.mul qnn.subtract
CallLoweredAttrs call_lowered
CastAttrs cast reinterpret
CastHintAttrs !annotation.cast_hint
ClipAttrs clip
CompilerAttrs !annotation.compiler_begin !annotation.compiler_end
ConcatenateAttrs concatenate qnn.concatenate
Conv1DAttrs nn.conv1d
Conv1DTransposeAttrs nn.conv1d_transpose
Conv2DAttrs nn.contrib_conv2d_NCHWc nn.contrib_conv2d_gemm_without_weight_transform nn.contrib_depthwise_conv2d_NCHWc
  nn.conv2d nn.conv2d_backward_weight qnn.conv2d
Conv2DTransposeAttrs nn.conv2d_transpose qnn.conv2d_transpose
Conv2DWinogradAttrs nn.contrib_conv2d_winograd_without_weight_transform
Conv2DWinogradNNPACKWeightTransformAttrs nn.contrib_conv2d_winograd_nnpack_weight_transform
Conv3DAttrs nn.conv3d
Conv3DTransposeAttrs nn.conv3d_transpose
Conv3DWinogradAttrs nn.contrib_conv3d_winograd_without_weight_transform
ConvGemmWeightTransformAttrs nn.contrib_conv2d_gemm_weight_transform
ConvWinogradWeightTransformAttrs nn.contrib_conv2d_winograd_weight_transform
  nn.contrib_conv3d_winograd_weight_transform
CorrelationAttrs nn.correlation
CropAndResizeAttrs image.crop_and_resize
DFTAttrs !dft
DebugAttrs debug
DeformableConv2DAttrs nn.deformable_conv2d
DenseAttrs nn.dense qnn.dense
DensePackAttrs !nn.contrib_dense_pack qnn.contrib_dense_pack
DequantizeAttrs qnn.dequantize qnn.simulated_dequantize
DeviceCopyAttrs device_copy
DilateAttrs !nn.dilate
Dilation2DAttrs image.dilation2d
DropoutAttrs nn.dropout
DynExpandDimsAttrs !dyn.expand_dims
EinsumAttrs einsum
ExpandDimsAttrs expand_dims
FIFOBufferAttrs nn.fifo_buffer
FixedPointMultiplyAttrs fixed_point_multiply
FixedPointMultiplyPerAxisAttrs fixed_point_multiply_per_axis
GatherAttrs gather
GatherNDAttrs gather_nd
GetValidCountsAttrs !vision.get_valid_counts
GlobalPool2DAttrs nn.global_avg_pool2d nn.global_max_pool2d
GridSampleAttrs image.grid_sample
GroupNormAttrs nn.group_norm
InitOpAttrs broadcast_to !collapse_sum_to dyn.broadcast_to dyn.full dyn.ones dyn.zeros full ones zeros
InstanceNormAttrs nn.instance_norm
L2NormalizeAttrs nn.l2_normalize
LRNAttrs nn.lrn
LayerNormAttrs nn.layer_norm
LayoutTransformAttrs layout_transform
LeakyReluAttrs nn.leaky_relu qnn.leaky_relu
MatmulAttrs nn.matmul
MatrixSetDiagAttrs matrix_set_diag
MaxPool1DAttrs nn.max_pool1d
MaxPool2DAttrs nn.avg_pool2d_grad nn.max_pool2d nn.max_pool2d_grad
MaxPool3DAttrs nn.max_pool3d
MeshgridAttrs meshgrid
MetaRefAttrs parser.MetaRef
MetaScheduleLayoutTransformAttrs meta_schedule_layout_transform
MirrorPadAttrs nn.mirror_pad
MultiBoxPriorAttrs vision.multibox_prior
MultiBoxTransformLocAttrs vision.multibox_transform_loc
MultinomialAttrs random.multinomial
NLLLossAttrs nn.nll_loss
NdarraySizeAttrs ndarray_size
NonMaximumSuppressionAttrs !vision.non_max_suppression
NormalAttrs random.normal
OnDeviceAttrs on_device
OneHotAttrs dyn.one_hot one_hot
PReluAttrs nn.prelu
PadAttrs dyn.nn.pad nn.pad
ProposalAttrs !vision.proposal
QuantizeAttrs qnn.quantize
ROIAlignAttrs !vision.roi_align
ROIPoolAttrs !vision.roi_pool
ReduceAttrs all any max mean min prod sum
RegularNonMaximumSuppressionAttrs !vision.regular_non_max_suppression
RepeatAttrs repeat
RequantizeAttrs qnn.requantize
ReshapeAttrs contrib_reverse_reshape dyn.reshape reshape
ReshapeLikeAttrs reshape_like
ReshapeTensorAttrs vm.reshape_tensor
Resize1DAttrs image.resize1d
Resize2DAttrs dyn.image.resize2d image.resize2d
Resize3DAttrs image.resize3d
ReverseAttrs reverse
ReverseSequenceAttrs reverse_sequence
ScanopAttrs !cumprod !cumsum
ScatterElementsAttrs !scatter_elements
ScatterNDAttrs !scatter_nd
SearchSortedAttrs searchsorted
SequenceMaskAttrs sequence_mask
ShapeOfAttrs shape_of vm.shape_of
SimulatedQuantizeAttrs qnn.simulated_quantize relay.op.annotation.simulated_quantize
SliceLikeAttrs slice_like
SlidingWindowAttrs sliding_window
SoftmaxAttrs nn.fast_softmax nn.log_softmax nn.softmax qnn.softmax
SpaceToBatchNDAttrs nn.space_to_batch_nd
SparseConv2DAttrs nn.sparse_conv2d
SparseDenseAttrs nn.internal.sparse_dense_padded nn.sparse_dense
SparseToDenseAttrs sparse_to_dense
SparseTransposeAttrs nn.sparse_transpose
SplitAttrs split
SqueezeAttrs dyn.squeeze squeeze
StackAttrs stack
StftAttrs !stft
StridedSliceAttrs dyn.strided_slice strided_slice
SubPixelAttrs nn.depth_to_space nn.space_to_depth
TakeAttrs take
ThreefryGenerateAttrs random.threefry_generate
TileAttrs dyn.tile tile
TopkAttrs dyn.topk topk
TransposeAttrs transpose
TriluAttrs !trilu
UniformAttrs random.uniform
UniqueAttrs !unique
UpSampling3DAttrs dyn.nn.upsampling3d nn.upsampling3d
UpSamplingAttrs dyn.nn.upsampling nn.upsampling
VarianceAttrs variance
WithFuncIdAttrs !annotation.with_funcid
YoloReorgAttrs vision.yolo_reorg
"""


class Struct(NamedTuple):
    """An attribute struct: its fields in order with the letters of their storage, and the defaults of some."""

    type_key: str
    fields: tuple[tuple[str, str], ...]
    defaults: dict[str, Any]
    declared: bool = True


def _joined(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().replace("\n  ", " ").split("\n")]


@cache
def _structs() -> dict[str, Struct]:
    defaults = {
        f"relay.attrs.{name}": {key: _tuples(json.loads(value)) for key, _, value in (f.partition("=") for f in fields)}
        for name, *fields in _joined(_DEFAULTS)
    }
    return {
        key: Struct(key, fields, defaults.get(key, {}))
        for key, fields in layouts().items()
        if key.startswith("relay.attrs.")
    } | {_TEST: Struct(_TEST, layouts()[_TEST], {"axis": 10, "padding": (0, 0), "func": None})}


_TEST = "attrs.TestAttrs"


@cache
def _operators() -> dict[str, Struct]:
    result: dict[str, Struct] = {}
    for name, *operators in _joined(_OPERATORS):
        struct = _structs()[f"relay.attrs.{name}"]
        for operator in operators:
            result[operator.removeprefix("!")] = struct._replace(declared=not operator.startswith("!"))
    return result


def struct_named(type_key: str) -> Struct | None:
    """The struct with this type key, e.g. "relay.attrs.TopkAttrs"; None for an unknown one."""
    return _structs().get(type_key)


def struct_of(operator: str) -> Struct | None:
    """The struct of an operator's attributes; None for an operator without attributes, or not of TVM 0.19."""
    return _operators().get(operator)


def make_attrs(type_key: str, values: Mapping[str, Any]) -> Attrs:
    """Attributes of a known struct, completed by its defaults. R2R0105 for an unknown field or one that is missing."""
    struct = _structs()[type_key]
    known = [name for name, _ in struct.fields]
    unknown = next((name for name in values if name not in known), None)
    if unknown is not None:
        raise fail(codes.BAD_ATTRIBUTE, f"{type_key} has no field {unknown}", hint=f"it has: {', '.join(known)}")
    result = {**struct.defaults, **values}
    missing = next((name for name in known if name not in result), None)
    if missing is not None:
        raise fail(codes.BAD_ATTRIBUTE, f"{type_key} needs the field {missing}")
    return Attrs(type_key, {name: _held(result[name], storage) for name, storage in struct.fields})


def _held(value: Any, storage: str) -> Any:
    """A field's value as the readers give it: plain numbers and tuples."""
    if isinstance(value, list):
        value = tuple(value)  # type: ignore[reportUnknownArgumentType]
    if value is None or isinstance(value, str):
        return value
    match storage:
        case "b":
            return bool(value)
        case "i":
            return Imm(value)
        case "f":
            return float(value)
        case _:
            if isinstance(value, tuple):
                return tuple([_held(item, "o") for item in value])  # type: ignore[reportUnknownVariableType]
            return Imm(value) if type(value) is int else value


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value  # type: ignore[reportUnknownVariableType]
