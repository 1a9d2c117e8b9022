"""FoldScaleAxis: factors along channels go into weights, backwards and forwards, and are computed there (TVM 0.19)."""

from __future__ import annotations

from relay_compat.passes.backward_fold_scale_axis import BackwardFoldScaleAxis
from relay_compat.passes.fold_constant import FoldConstant
from relay_compat.passes.forward_fold_scale_axis import ForwardFoldScaleAxis
from tensor_core.passes import Pass, Sequential


def FoldScaleAxis() -> Pass:
    """The passes one after the other."""
    return Sequential([BackwardFoldScaleAxis(), ForwardFoldScaleAxis(), FoldConstant()], name="FoldScaleAxis")
