"""Enlarging by scales that are operands."""

from row_language import T, V, relay

ROWS = [
    *[relay("dyn.nn.upsampling", T((1, 2, 3, 3)), V(2.0), V(h), scale_h=0.0, scale_w=0.0, method=method)
      for method in ("nearest_neighbor", "bilinear") for h in (2.0, 3.0)],
    relay("dyn.nn.upsampling", T((1, 3, 3, 2)), V(2.0), V(2.0), scale_h=0.0, scale_w=0.0, layout="NHWC"),
    relay("dyn.nn.upsampling", T((1, 2, 3, 3)), V([2.0]), V(2.0), scale_h=0.0, scale_w=0.0),
    *[relay("dyn.nn.upsampling3d", T((1, 2, 2, 3, 3)), V(2.0), V(2.0), V(3.0), scale_d=0.0, scale_h=0.0, scale_w=0.0,
            method=method) for method in ("nearest_neighbor", "trilinear")],
]  # fmt: skip
