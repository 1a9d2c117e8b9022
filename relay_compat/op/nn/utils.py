"""Padding as the Python functions of convolutions and pools take it (tvm.relay.op.nn.utils in TVM 0.19)."""

from relay_compat.op.normal import spread

__all__ = ["get_pad_tuple1d", "get_pad_tuple2d", "get_pad_tuple3d"]

get_pad_tuple1d = spread(1)
get_pad_tuple2d = spread(2)
get_pad_tuple3d = spread(3)
