"""Which pieces of which public files are ported and proven, and what is mended by hand after the tool."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """``definitions`` of the file ``path`` in the folder ``ref`` of its repository; ``expression`` is what is tried."""

    name: str
    kind: str
    repo: str
    ref: str
    path: str
    definitions: tuple[str, ...]
    expression: str
    ported_expression: str = ""
    examples: tuple[str, ...] = ()


def _of(kind, repo, ref, path):
    def made(name, *definitions, expression="", **options):
        return Piece(name, kind, repo, ref, path, definitions, expression or definitions[0], **options)

    return made


SCRIPT = "script"
_LEVEL3 = _of(SCRIPT, "senli123/tvm", "develop", "tests/python/relay/test_op_level3.py")
_FORGE = _of("callback", "tenstorrent/tt-forge-onnx", "HEAD", "forge/forge/tvm_calls/relay/op/forge_passes.py")
_CONTRIB = "python/tvm/relay/op/contrib"
_DIANA = _of("callback", "KULeuven-MICAS/htvm", "HEAD", "python/tvm/relay/backend/contrib/soma_dory/onnx_transform.py")
_HHB = _of("mutator", "zhangwm-pt/tvm", "doc", "python/tvm/relay/quantize/quantize_hhb.py")
_DROPOUT = ("def @main(%x: Tensor[(2, 3), float32]) { %0 = nn.dropout(%x); nn.relu(%0.0) }",)
_REGISTERED = "[unshared(row) for row in pattern_table() if row]"
"""What the port registers of a table: rows that take no match with inner values that are used elsewhere."""
_DORY = (
    """def @main(%x: Tensor[(1, 4, 3, 3), int8], %w: Tensor[(4, 4, 3, 3), int8], %b: Tensor[(4), int32]) {
  %0 = nn.conv2d(%x, %w, padding=[1, 1, 1, 1], channels=4, kernel_size=[3, 3], out_dtype="int32");
  cast(clip(right_shift(nn.bias_add(%0, %b), 3), a_min=-128f, a_max=127f), dtype="int8") }""",
    """def @main(%x: Tensor[(1, 2, 4, 2), int8], %w: Tensor[(2, 1, 1, 1), int8], %b: Tensor[(2, 1, 1), int32]) {
  %0 = nn.conv2d(%x, %w, groups=2, channels=2, kernel_size=[1, 1], out_dtype="int32");
  cast(clip(right_shift(add(%0, %b), 40), a_min=0f, a_max=127f), dtype="int8") }""",
    """def @main(%x: Tensor[(2, 4), int8], %w: Tensor[(2, 4), int8], %b: Tensor[(2), int32]) {
  %0 = nn.dense(%x, %w, units=2, out_dtype="int32");
  cast(clip(right_shift(nn.bias_add(%0, %b), 2), a_min=-128f, a_max=127f), dtype="int8") }""",
    """def @main(%x: Tensor[(2, 4), int8], %y: Tensor[(2, 4), int8]) {
  %0 = add(cast(%x, dtype="int32"), cast(%y, dtype="int32"));
  cast(clip(right_shift(%0, 1), a_min=-128f, a_max=127f), dtype="int8") }""",
    """def @main(%x: Tensor[(1, 4, 3, 3), int8], %w: Tensor[(4, 4, 1, 1), int8]) {
  %0 = cast(nn.conv2d(%x, %w, channels=4, kernel_size=[1, 1], out_dtype="int32"), dtype="float32");
  %1 = cast(clip(floor(divide(%0, 4f)), a_min=-32f, a_max=31f), dtype="int16");
  %2 = right_shift(add(multiply(%1, 3i16), 5i16), 2i16);
  cast(clip(%2, a_min=-128f, a_max=127f), dtype="int8") }""",
)
_CUTLASS = tuple(
    f"""def @main(%x: Tensor[(1, 4, 4, 4), float32], %w: Tensor[(8, 3, 3, 4), float32],
          %b: Tensor[(8), float32], %r: Tensor[(1, 4, 4, 8), float32]) {{
  %0 = nn.conv2d(%x, %w, padding=[1, 1, 1, 1], channels=8, kernel_size=[3, 3], data_layout="NHWC", kernel_layout="OHWI");
  {rest} }}"""
    for rest in (
        "%0",
        "add(%0, %b)",
        "nn.relu(add(%0, %b))",
        "sigmoid(add(%0, %b))",
        "%1 = add(%0, %b); multiply(%1, sigmoid(%1))",
        "%1 = add(%0, %b); multiply(%1, divide(clip(add(%1, 3f), a_min=0f, a_max=6f), 6f))",
        "nn.relu(add(nn.relu(add(%0, %b)), %r))",
    )
) + (
    """def @main(%x: Tensor[(2, 3, 4), float32], %y: Tensor[(2, 5, 4), float32]) {
  nn.batch_matmul(%x, %y, transpose_b=True) }""",
)

PIECES = (
    _FORGE("forge DecomposeMultiAxisMax", "DecomposeMultiAxisMax"),
    _FORGE("forge DecomposeMultiAxisTranspose", "DecomposeMultiAxisTranspose"),
    _FORGE("forge DecomposeMultiAxisMean", "DecomposeMultiAxisMean"),
    _FORGE("forge DecomposeMultiAxisSum", "DecomposeMultiAxisSum"),
    _FORGE("forge DecomposeNegative", "DecomposeNegative"),
    _FORGE("forge DecomposeErf", "DecomposeErf"),
    _FORGE("forge CombineReshapes", "CombineReshapes"),
    _DIANA("diana IntegerizeLinearOps", "DianaOnnxIntegerizeLinearOps"),
    _DIANA("diana IntegerizeElementWiseSum", "DianaOnnxIntegerizeElementWiseSum"),
    _DIANA("diana IntegerizeGlobalAvgPool2d", "DianaOnnxIntegerizeGlobalAvgPool2d"),
    _DIANA("diana DigitalRequantRewriter", "DianaOnnxDigitalRequantRewriter"),
    _DIANA("diana AnalogBnRequantRewriter", "DianaOnnxAnalogBnRequantRewriter"),
    _DIANA("diana CorrectDequant", "DianaOnnxCorrectDequant"),
    _of("mutator", "digital-nomad-cheng/tvm_project_course", "HEAD", "howto/extend_tvm/how_to_use_tvm_pass_infra.py")(
        "course CustomPipeline",
        "CustomPipeline",
        expression='CustomPipeline(relay.const(3.0, "float32"))',
        ported_expression='CustomPipeline(relax.const(3.0, "float32"))',
    ),
    _of("mutator", "uwsampl/3la-tvm", "3la-asplos-push-main", f"{_CONTRIB}/ilacnn.py")(
        "ilacnn remove_padding", "remove_padding"
    ),
    _HHB("hhb InsertNOp", "InsertNOp"),
    _HHB("hhb check_bn_variance", "check_bn_variance"),
    _of("mutator", "fixstars/tvm", "HEAD", f"{_CONTRIB}/tensorrt.py")(
        "fixstars RemoveDropout", "RemoveDropout", examples=_DROPOUT
    ),
    _of("mutator", "Ambarella-Inc/amba-tvm", "release-1.5.0+amba", "python/tvm/relay/tensorrt.py")(
        "amba RemoveDropout", "RemoveDropout", examples=_DROPOUT
    ),
    _of("pattern table", "zhangwm-pt/tvm", "doc", f"{_CONTRIB}/shl.py")(
        "shl patterns", "shl_pattern_table", expression="shl_pattern_table()"
    ),
    _of("pattern table", "uwsampl/3la-tvm", "3la-asplos-push-main", f"{_CONTRIB}/ilaflex.py")(
        "ilaflex patterns", "pattern_table", expression="pattern_table()"
    ),
    _of("pattern table", "mikepapadim/collage-non-tvm-fork", "HEAD", f"tvm/{_CONTRIB}/dnnl.py")(
        "collage dnnl patterns", "pattern_table", expression="pattern_table()"
    ),
    _of("pattern table", "apache/tvm", "v0.18.0", f"{_CONTRIB}/cublas.py")(
        "cublas patterns", "pattern_table", expression="pattern_table()"
    ),
    _of("pattern table", "nxprxf/eiq-tvm-imx", "HEAD", f"{_CONTRIB}/vsi_npu.py")(
        "vsi_npu patterns", "vsi_npu_pattern_table", expression="vsi_npu_pattern_table()"
    ),
    _of("pattern table", "apache/tvm", "v0.18.0", f"{_CONTRIB}/cutlass.py")(
        "cutlass patterns",
        "pattern_table",
        expression="pattern_table()",
        ported_expression=_REGISTERED,
        examples=_CUTLASS,
    ),
    _of("pattern table", "apache/tvm", "v0.18.0", f"{_CONTRIB}/cmsisnn.py")(
        "cmsisnn patterns", "pattern_table", expression="pattern_table()"
    ),
    _of("pattern table", "KULeuven-MICAS/htvm", "HEAD", f"{_CONTRIB}/soma.py")(
        "soma patterns", "pattern_table", expression="pattern_table()"
    ),
    _of("mutator", "apache/tvm", "v0.18.0", f"{_CONTRIB}/clml.py")("clml OptimizeBatchnorm", "OptimizeBatchnorm"),
    _of("pattern table", "KULeuven-MICAS/htvm", "HEAD", f"{_CONTRIB}/soma_dory.py")(
        "soma_dory patterns", "pattern_table", expression="pattern_table()", examples=_DORY
    ),
    _of("pattern table", "Hzfengsy/asplos-tvm", "arm", f"{_CONTRIB}/arm_compute_lib.py")(
        "arm_compute_lib patterns", "arm_compute_lib_pattern_table", expression="arm_compute_lib_pattern_table([])"
    ),
    _LEVEL3("op_level3 transpose", "test_transpose", expression='test_transpose("llvm", tvm.cpu(0), "graph")'),
    _LEVEL3("op_level3 clip", "test_clip", expression="test_clip()"),
    _LEVEL3(
        "op_level3 leaky_relu",
        "test_infer_type_leaky_relu",
        expression='test_infer_type_leaky_relu("llvm", tvm.cpu(0), "graph")',
    ),
    _LEVEL3("op_level3 sliding_window", "test_sliding_window", expression="test_sliding_window()"),
)


EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    "cutlass patterns": (
        # No release of Relax has the gradient of a convolution by its weight as an operator.
        (
            """        (
            "cutlass.conv2d_backward_weight",
            make_conv2d_backward_weight_pattern(),
            {},
            check_conv2d_backward_weight,
        ),
""",
            "",
        ),
        # Which operator, the row says.
        (
            "is_op(binary_op)(tensor_op_out, residual_input) | is_op(binary_op)(",
            'is_op("relax." + binary_op)(tensor_op_out, residual_input) | is_op("relax." + binary_op)(',
        ),
        ("get_root_call(context, call, binary_op)", 'get_root_call(context, call, "relax." + binary_op)'),
        # The pattern has the second operand transposed.
        ("transpose_a = batch_matmul.attrs.transpose_a", "transpose_a = False"),
        ("transpose_b = batch_matmul.attrs.transpose_b", "transpose_b = True"),
    ),
    "soma_dory patterns": (
        # Bounds of a clip are operands, numbers of another kind in each release.
        (
            "clip_range = [clip.args[1], clip.args[2]]",
            'clip_range = [getattr(bound.value, "value", bound.value) for bound in clip.args[1:3]]',
        ),
        # The size of a kernel is that of its weight.
        ('list(attrs["kernel_size"])', "[int(size) for size in list(conv2d.args[1].{type}.shape)[2:]]"),
    ),
}
"""By piece: texts that occur once in what the tool gives, and what stands there afterwards, with {type} as the target
says it.
"""
