"""Optimizations that change parameters, too (tvm.relay.data_dep_optimization in TVM 0.19)."""

from relay_compat.data_dep_optimization import bsr_conv2d, bsr_dense, simplify_fc_transpose

__all__ = ["bsr_conv2d", "bsr_dense", "simplify_fc_transpose"]
