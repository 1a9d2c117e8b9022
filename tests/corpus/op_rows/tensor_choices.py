"""Operators on tensors: attributes that no other row writes away from their defaults."""

from typing import Any

from row_language import Map, Open, S, T, V, both, relax, relay, wrong

NEW = ("0.27",)
X = T((2, 3, 4))
TIES = V([[3, 1, 3, 1], [2, 2, 0, 0]], "int32")
FIXED: dict[str, Any] = {"is_lshift_required": False, "is_rshift_required": False}
GROW: dict[str, Any] = {"scale_d": 0.0, "scale_h": 0.0, "scale_w": 0.0}


def longs(*values):
    return V(list(values), "int64")


def fixed(axes, lengths, **attrs: Any):
    vectors = (
        T((lengths,), "int32", 1 << 30, (1 << 31) - 1),
        T((lengths,), "int32", 0, 2),
        T((lengths,), "int32", 0, 2),
    )
    return relay(
        "fixed_point_multiply_per_axis", T((2, 3, 4), "int32", -900, 900), *vectors, axes=axes, **{**FIXED, **attrs}
    )


# fmt: off
ROWS = [
    *[relay(name, T((2, 3, 4), "bool"), axis=[1], exclude=True) for name in ("all", "any")],
    *[relay(name, TIES, axis=[1], select_last_index=last) for name in ("argmax", "argmin") for last in (False, True)],
    *[relay("variance", X, T((2, 3, 1)), axis=[2], unbiased=unbiased, keepdims=keep)
      for unbiased in (False, True) for keep in (False, True)],
    relay("variance", X, T((1, 3, 4)), axis=[0]),
    relay("variance", X, T((1, 1, 4)), axis=[0, 1]),
    relay("variance", X, T((2, 3, 1)), axis=[-1]),
    *[relax("median", T((2, 3, 5)), axis=axis, releases=NEW) for axis in ([1], [2])],
    relay("contrib_reverse_reshape", T((2, 0)), newshape=[7, 0], allowzero=True),
    relay("contrib_reverse_reshape", T((2, 12)), newshape=[-1, 3]),
    relay("dyn.reshape", T((2, 0)), longs(0, 7), newshape=[], allowzero=True),
    relay("reshape_like", T((2, 3, 4)), T((3, 2, 4)), lhs_begin=0, lhs_end=2, rhs_begin=0, rhs_end=2),
    relay("reshape_like", T((6, 4)), T((2, 3, 5)), lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2),
    relay("reshape_like", T((2, 3, 4)), T((12,)), lhs_begin=1, lhs_end=None, rhs_begin=0, rhs_end=1),
    relay("reshape_like", T((4, 2, 3)), T((5, 6)), lhs_begin=-2, lhs_end=None, rhs_begin=-1, rhs_end=None),
    *[relay(name, shape=shape, dtype=dtype) for name in ("zeros", "ones") for shape, dtype in (([4, 1], "float32"),
          ([3], "int8"))],
    *wrong("keeps the element type", relax("eye_like", T((2, 3)), S(0, "int64"), dtype="int32"),
           relax("eye_like", T((2, 3)), S(1, "int64"), dtype="float64")),
    relax("eye_like", T((2, 3)), S(1, "int64"), dtype="float32"),
    relay("gather_nd", X, V([[0, 1], [1, 2]], "int64"), index_rank=2),
    relay("gather_nd", X, Open(V([[0, 1], [1, 2]], "int64"), (None, 2)), index_rank=2),
    relay("gather_nd", X, V([[0, 1], [1, 2]], "int64"), batch_dims=1),
    *[relay("matrix_set_diag", T((3, 4)), T((2, 3)), k1=-1, k2=0, super_diag_right_align=up, sub_diag_right_align=down)
      for up in (False, True) for down in (False, True)],
    *[relay("matrix_set_diag", T((3, 5)), T((3, 3)), k1=0, k2=2, super_diag_right_align=up, sub_diag_right_align=down)
      for up in (False, True) for down in (False, True)],
    *[relay("matrix_set_diag", T((4, 3)), T((4, 3)), k1=-2, k2=1, super_diag_right_align=up, sub_diag_right_align=down)
      for up in (False, True) for down in (False, True)],
    *[fixed([axis], length) for axis, length in ((0, 2), (1, 3), (2, 4))],
    fixed([1], 3, is_rshift_required=True),
    fixed([1], 3, is_lshift_required=True),
    fixed([1], 3, is_lshift_required=True, is_rshift_required=True),
    fixed([2], 4, is_rshift_required=True),
    *[relay("dyn.nn.upsampling3d", T((1, 2, 2, 3, 4)), V(3.0), V(2.0), V(1.0), **GROW, **more) for more in (
        {}, {"method": "trilinear", "coordinate_transformation_mode": "align_corners"},
        {"coordinate_transformation_mode": "asymmetric"}, {"method": "trilinear"})],
    relay("dyn.nn.upsampling3d", T((1, 2, 3, 4, 2)), V(3.0), V(2.0), V(1.0), **GROW, layout="NDHWC"),
    *[relay("dyn.nn.upsampling", T((1, 2, 3, 4)), V(2.0), V(3.0), scale_h=0.0, scale_w=0.0, **more) for more in (
        {"method": "bilinear", "align_corners": True}, {"method": "bilinear"}, {"method": "bicubic"})],
    *[relay("relay.op.annotation.simulated_quantize", T((4, 5), "float32", -9, 9), V(0.5), V(-12.0), V(11.0), kind=2,
          **more)
      for more in ({}, {"sign": False}, {"rounding": "floor"}, {"rounding": "ceil"}, {"rounding": "trunc"})],
    relay("relay.op.annotation.simulated_quantize", V([0.25, 0.75, -0.25, -0.75, 1.25]), V(0.5), V(-12.0), V(11.0),
          kind=1,
          sign=False),
    relay("annotation.cast_hint", X, attrs_type="relay.attrs.CastHintAttrs", dtype="int32"),
    *[relay(f"annotation.compiler_{end}", X, attrs_type="relay.attrs.CompilerAttrs", compiler="ethos")
      for end in ("begin", "end")],
    *[relay("on_device", X, constrain_result=result, constrain_body=body) for result in (False, True)
      for body in (False, True)],
    relay("vm.reshape_tensor", T((2, 6)), longs(3, 4), newshape=[3, 4]),
    relay("einsum", [T((2, 3)), T((3, 4))], equation="ij,jk->ki"),
    relax("einsum", [T((2, 3)), T((3, 4))], subscripts="ij,jk->ki"),
    *[relax("layout_transform", T((8, 3)), index_map=Map("a, b", "(a // 4, b, a % 4)"), releases=("0.19",), **more)
      for more in ({"axis_separators": [1]}, {"axis_separators": [1, 2]}, {"input_axis_separators": [1]},
                   {"axis_separators": [2], "input_axis_separators": [1]})],
    *both("left_shift", V([1, 2, 3], "int32"), V([3, 1, 2], "int32")),
    *both("left_shift", V([1, 5, 3], "int32"), V([0, 2, 4], "int32")),
    *both("right_shift", V([1000, 5, -300], "int32"), V([0, 2, 4], "int32")),
    *[relay("take", X, V([0, -1, 5], "int32"), axis=1, mode=mode) for mode in ("clip", "wrap")],
    *[relay("take", X, V([0, 2, 1], "int32"), axis=axis, mode="fast") for axis in (1, 2)],
    *[relax("nn.max_pool1d", T((1, 2, 9)), pool_size=[2], strides=[2], ceil_mode=True, releases=("0.19",))],
    *[row for kind in ("max", "avg") for row in (
        relax(f"nn.{kind}_pool1d", T((1, 2, 9)), pool_size=[3], dilation=[2]),
        relax(f"nn.{kind}_pool1d", T((1, 2, 7)), pool_size=[2], strides=[3], padding=[1, 1], ceil_mode=True,
              releases=NEW),
        relay(f"nn.{kind}_pool1d", T((1, 2, 9)), pool_size=[3], dilation=[2]),
        relax(f"nn.{kind}_pool2d", T((1, 2, 7, 7)), pool_size=[2, 2], strides=[3, 3], padding=[1, 1], ceil_mode=True,
              releases=NEW),
        relax(f"nn.{kind}_pool3d", T((1, 1, 7, 4, 4)), pool_size=[2, 2, 2], strides=[3, 1, 1], padding=[1, 1, 1],
              ceil_mode=True,
              releases=NEW))],
]
