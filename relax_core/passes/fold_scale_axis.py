"""FoldScaleAxis: factors along channels go into weights, backwards and forwards, and are computed there.

Relay's pass of this name, on Relax, where TVM has none.
"""

from __future__ import annotations

from relax_core.passes.backward_fold_scale_axis import BackwardFoldScaleAxis
from relax_core.passes.fold_constant import FoldConstant
from relax_core.passes.forward_fold_scale_axis import ForwardFoldScaleAxis
from tensor_core.passes import Pass, Sequential


def FoldScaleAxis() -> Pass:
    """The passes one after the other."""
    return Sequential([BackwardFoldScaleAxis(), ForwardFoldScaleAxis(), FoldConstant()], name="FoldScaleAxis")
