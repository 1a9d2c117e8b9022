"""Programs that the checks of pieces take, or just do not: their parameters are drawn anew in each program."""

DROPOUT = ("def @main(%x: Tensor[(2, 3), float32]) { %0 = nn.dropout(%x); nn.relu(%0.0) }",)
DORY = (
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
_CONVOLUTION = """def @main(%x: Tensor[(1, 4, 4, 4), float32], %w: Tensor[(8, 3, 3, 4), float32],
          %b: Tensor[(8), float32], %r: Tensor[(1, 4, 4, 8), float32]) {
  %0 = nn.conv2d(%x, %w, padding=[1, 1, 1, 1], channels=8, kernel_size=[3, 3], data_layout="NHWC",
                 kernel_layout="OHWI");
"""
CUTLASS = (
    *(
        f"{_CONVOLUTION}  {rest} }}"
        for rest in (
            "%0",
            "add(%0, %b)",
            "nn.relu(add(%0, %b))",
            "sigmoid(add(%0, %b))",
            "%1 = add(%0, %b); multiply(%1, sigmoid(%1))",
            "%1 = add(%0, %b); multiply(%1, divide(clip(add(%1, 3f), a_min=0f, a_max=6f), 6f))",
            "nn.relu(add(nn.relu(add(%0, %b)), %r))",
        )
    ),
    """def @main(%x: Tensor[(2, 3, 4), float32], %y: Tensor[(2, 5, 4), float32]) {
  nn.batch_matmul(%x, %y, transpose_b=True) }""",
)
_POOLED = (
    'nn.max_pool2d(%x, pool_size=[2, 2], layout="{layout}")',
    'clip(nn.max_pool2d(%x, pool_size=[2, 2], layout="{layout}"), a_min=0f, a_max=6f)',
    'cast(nn.avg_pool2d(cast(%x, dtype="int32"), pool_size=[2, 2], layout="{layout}"), dtype="int8")',
    'clip(cast(nn.avg_pool2d(cast(%x, dtype="int32"), pool_size=[2, 2], layout="{layout}"), dtype="int8"),'
    " a_min=0f, a_max=6f)",
)
CMSISNN = tuple(
    f"def @main(%x: Tensor[({batch}, 4, 4, 4), int8]) {{ {body.format(layout=layout)} }}"
    for body in _POOLED
    for batch, layout in ((1, "NHWC"), (1, "NCHW"), (2, "NHWC"))
)
