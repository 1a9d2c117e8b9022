"""BatchingOps: convolutions, dense layers and matrix products on the same data become one each (TVM 0.19)."""

from __future__ import annotations

from relay_compat.passes.combine_parallel_batch_matmul import CombineParallelBatchMatmul
from relay_compat.passes.combine_parallel_conv2d import CombineParallelConv2D
from relay_compat.passes.combine_parallel_dense import CombineParallelDense
from tensor_core.passes import Pass, Sequential


def BatchingOps() -> Pass:
    """The sequence of the three passes."""
    return Sequential((CombineParallelConv2D(), CombineParallelDense(), CombineParallelBatchMatmul()))
