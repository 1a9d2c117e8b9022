"""FoldExplicitPadding: where a pad may become an operator's own padding, and where it must not."""

import pytest
from before_after import check

from relay_compat.passes.fold_explicit_padding import FoldExplicitPadding

X, W = "%x: Tensor[(1, 2, 5, 5), float32]", "%w: Tensor[(3, 2, 3, 3), float32]"
CONV = "nn.conv2d({}, %w, padding={}, channels=3, kernel_size=[3, 3])"
PAD = "nn.pad({}, {}, pad_width=[[0, 0], [0, 0], [1, 2], [3, 4]]{})"


def program(body: str, params: str = f"{X}, {W}") -> str:
    return f"def @main({params}) {{ {body} }}"


def test_a_convolution_pads_with_zeros() -> None:
    check(
        FoldExplicitPadding(),
        program(CONV.format(PAD.format("%x", "0f", ""), "[1, 1, 1, 1]")),
        program(CONV.format("%x", "[2, 4, 3, 5]")),
    )


def test_pads_of_pads_fold_together() -> None:
    twice = PAD.format(PAD.format("%x", "0f", ""), "0f", "")
    check(
        FoldExplicitPadding(), program(CONV.format(twice, "[0, 0, 0, 0]")), program(CONV.format("%x", "[2, 6, 4, 8]"))
    )


@pytest.mark.parametrize(
    "pad",
    [
        PAD.format("%x", "1f", ""),
        PAD.format("%x", "0f", ', pad_mode="reflect"'),
        "nn.pad(%x, 0f, pad_width=[[1, 0], [0, 0], [0, 0], [0, 0]])",
    ],
)
def test_other_pads_stay_before_a_convolution(pad: str) -> None:
    check(FoldExplicitPadding(), program(CONV.format(pad, "[0, 0, 0, 0]")))


def test_a_maximum_pads_with_the_lowest_number() -> None:
    pool = "nn.max_pool2d({}, pool_size=[2, 2], padding={})"
    lowest = PAD.format("%x", "-3.4028234663852886e+38f", "")
    check(
        FoldExplicitPadding(),
        program(pool.format(lowest, "[0, 0, 0, 0]"), X),
        program(pool.format("%x", "[1, 3, 2, 4]"), X),
    )
    check(FoldExplicitPadding(), program(pool.format(PAD.format("%x", "0f", ""), "[0, 0, 0, 0]"), X))


def test_a_mean_counts_what_was_padded_before() -> None:
    pool = "nn.avg_pool2d({}, pool_size=[2, 2], padding={}, count_include_pad={})"
    pad = PAD.format("%x", "0f", "")
    after = program(pool.format("%x", "[1, 3, 2, 4]", "True"), X)
    check(FoldExplicitPadding(), program(pool.format(pad, "[0, 0, 0, 0]", "False"), X), after)
    check(FoldExplicitPadding(), program(pool.format(pad, "[0, 1, 0, 0]", "False"), X))


def test_a_quantised_convolution_pads_with_its_zero_point() -> None:
    params = "%x: Tensor[(1, 2, 5, 5), int8], %w: Tensor[(3, 2, 3, 3), int8]"
    conv = 'qnn.conv2d({}, %w, 7, 0, 0.5f, 0.5f, padding={}, channels=3, kernel_size=[3, 3], out_dtype="int32")'
    check(
        FoldExplicitPadding(),
        program(conv.format(PAD.format("%x", "7", ""), "[0, 0, 0, 0]"), params),
        program(conv.format("%x", "[1, 3, 2, 4]"), params),
    )
    check(FoldExplicitPadding(), program(conv.format(PAD.format("%x", "0", ""), "[0, 0, 0, 0]"), params))
