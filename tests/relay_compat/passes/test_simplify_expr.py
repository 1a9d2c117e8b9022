"""SimplifyExpr: what each rule makes of the smallest program that it applies to, and where it does not."""

import pytest
from before_after import check

from relay_compat.passes.simplifications.casts import widens
from relay_compat.passes.simplify_expr import SimplifyExpr, SimplifyExprPostAlterOp

X = "%x: Tensor[(2, 4), float32]"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("add(%x, %x)", "multiply(%x, 2f)"),
        ("divide(%x, sqrt(%x))", "multiply(%x, rsqrt(%x))"),
        ("add(%x, 0f)", "%x"),
        ("multiply(1f, %x)", "%x"),
        ("subtract(0f, %x)", None),
        ("divide(%x, 1f)", "%x"),
        ("multiply(%x, ones(shape=[2, 4], dtype=\"float32\"))", "%x"),
        ("maximum(%x, zeros(shape=[2, 4], dtype=\"float32\"))", "maximum(%x, 0f)"),
        ("maximum(%x, zeros(shape=[3, 1, 1], dtype=\"float32\"))", None),
        ("nn.bias_add(%x, ones(shape=[4], dtype=\"float32\"))", None),
        ("nn.prelu(%x, zeros(shape=[4], dtype=\"float32\"))", None),
        ("multiply(add(%x, 2f), 3f)", "add(multiply(%x, 3f), 6f)"),
        ("add(add(%x, 2f), 3f)", "add(%x, 5f)"),
        ("multiply(2f, multiply(%x, 3f))", "multiply(%x, 6f)"),
        ("reshape(reshape(%x, newshape=[8]), newshape=[4, 2])", "reshape(%x, newshape=[4, 2])"),
        ("transpose(transpose(%x, axes=[1, 0]), axes=[1, 0])", "%x"),
        ("zeros_like(%x)", "zeros(shape=[2, 4], dtype=\"float32\")"),
        ("reshape_like(%x, ones(shape=[8], dtype=\"int32\"))", "reshape(%x, newshape=[8])"),
        ("cast_like(%x, 1)", "cast(%x, dtype=\"int32\")"),
        ("cast(%x, dtype=\"float32\")", "%x"),
        ("cast(cast(%x, dtype=\"float64\"), dtype=\"int8\")", "cast(%x, dtype=\"int8\")"),
        ("cast(cast(%x, dtype=\"float16\"), dtype=\"float32\")", None),
        ("clip(cast(%x, dtype=\"uint8\"), a_min=0f, a_max=255f)", "cast(%x, dtype=\"uint8\")"),
        ("clip(cast(%x, dtype=\"uint8\"), a_min=1f, a_max=255f)", None),
    ],
)  # fmt: skip
def test_rules(before: str, after: str | None) -> None:
    head = f"def @main({X}) "
    check(SimplifyExpr(), f"{head}{{ {before} }}", f"{head}{{ {after or before} }}")


def test_casts_behind_a_clip_that_hold_its_range_go() -> None:
    head = f"def @main({X}) "
    clip = "clip(%x, a_min=0f, a_max=127f)"
    before = f'cast(cast(cast({clip}, dtype="int8"), dtype="uint8"), dtype="int32")'
    check(SimplifyExpr(), f"{head}{{ {before} }}", f'{head}{{ cast({clip}, dtype="int32") }}')


def test_transposes_go_into_changes_of_layout() -> None:
    head = "def @main(%x: Tensor[(1, 4, 4, 8), float32]) "
    to_blocks = 'layout_transform({}, src_layout="{}", dst_layout="NCHW4c")'
    check(
        SimplifyExpr(),
        f"{head}{{ {to_blocks.format('transpose(%x, axes=[0, 3, 1, 2])', 'NCHW')} }}",
        f"{head}{{ {to_blocks.format('%x', 'NHWC')} }}",
    )
    back = f'layout_transform({to_blocks.format("%x", "NHWC")}, src_layout="NCHW4c", dst_layout="NCHW")'
    check(
        SimplifyExpr(),
        f"{head}{{ transpose({back}, axes=[0, 2, 3, 1]) }}",
        f"{head}{{ %x }}",
    )


def test_binomials() -> None:
    head = "def @main(%x: float32, %y: float32) "
    check(
        SimplifyExpr(),
        f"{head}{{ add(add(multiply(2f, multiply(%x, %y)), multiply(%x, %x)), multiply(%y, %y)) }}",
        f"{head}{{ %0 = add(%x, %y); multiply(%0, %0) }}",
    )
    plain = "add(add(multiply(%x, %y), multiply(%x, %x)), multiply(%y, %y))"
    check(SimplifyExpr(), f"{head}{{ {plain} }}")


def test_fewer_rules_after_alteration() -> None:
    head = f"def @main({X}) "
    check(SimplifyExprPostAlterOp(), f"{head}{{ add(add(%x, 0f), %x) }}", f"{head}{{ add(%x, %x) }}")


@pytest.mark.parametrize(
    ("source", "target", "wide"),
    [
        ("int8", "int32", True),
        ("int32", "float32", True),
        ("float32", "int32", False),
        ("uint8", "int8", False),
        ("int8", "uint8", True),
        ("bfloat16", "float32", False),
        ("float16", "bfloat16", False),
        ("bool", "int8", False),
    ],
)
def test_widening_casts(source: str, target: str, wide: bool) -> None:
    assert widens(source, target) is wide
