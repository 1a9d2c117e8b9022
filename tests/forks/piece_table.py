"""Which pieces of which public files are ported and proven, and what is mended by hand after the tool."""

from dataclasses import dataclass

from piece_examples import CMSISNN, CUTLASS, DORY, DROPOUT


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
_HHB = _of("mutator", "zhangwm-pt/tvm", "doc", "python/tvm/relay/quantize/quantize_hhb.py")
_REGISTERED = "[unshared(row) for row in pattern_table() if row]"
"""What the port registers of a table: rows that take no match with inner values that are used elsewhere."""
PIECES = (
    _FORGE("forge DecomposeMultiAxisMax", "DecomposeMultiAxisMax"),
    _FORGE("forge DecomposeMultiAxisTranspose", "DecomposeMultiAxisTranspose"),
    _FORGE("forge DecomposeMultiAxisMean", "DecomposeMultiAxisMean"),
    _FORGE("forge DecomposeMultiAxisSum", "DecomposeMultiAxisSum"),
    _FORGE("forge DecomposeNegative", "DecomposeNegative"),
    _FORGE("forge DecomposeErf", "DecomposeErf"),
    _FORGE("forge CombineReshapes", "CombineReshapes"),
    _of("mutator", "digital-nomad-cheng/tvm_project_course", "HEAD", "howto/extend_tvm/how_to_use_tvm_pass_infra.py")(
        "course CustomPipeline",
        "CustomPipeline",
        expression='CustomPipeline(relay.const(3.0, "float32"))',
        ported_expression='CustomPipeline(relax.const(3.0, "float32"))',
    ),
    _HHB("hhb InsertNOp", "InsertNOp"),
    _of("mutator", "fixstars/tvm", "HEAD", f"{_CONTRIB}/tensorrt.py")(
        "fixstars RemoveDropout", "RemoveDropout", examples=DROPOUT
    ),
    _of("mutator", "Ambarella-Inc/amba-tvm", "release-1.5.0+amba", "python/tvm/relay/tensorrt.py")(
        "amba RemoveDropout", "RemoveDropout", examples=DROPOUT
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
        examples=CUTLASS,
    ),
    _of("pattern table", "apache/tvm", "v0.18.0", f"{_CONTRIB}/cmsisnn.py")(
        "cmsisnn patterns",
        "pattern_table",
        expression="pattern_table()",
        ported_expression=_REGISTERED,
        examples=CMSISNN,
    ),
    _of("pattern table", "KULeuven-MICAS/htvm", "HEAD", f"{_CONTRIB}/soma_dory.py")(
        "soma_dory patterns", "pattern_table", expression="pattern_table()", examples=DORY
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
    "cmsisnn patterns": (
        # No release of Relax has these operators: as what the tool makes of those whose names are written out.
        ('is_op(f"qnn.{op}")(', "(~wildcard())("),
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
