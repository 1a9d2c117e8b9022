"""Makers of Relay's passes: what the functions of ``relay.transform`` call in C++, as forks' copies of them do."""

from __future__ import annotations

from typing import Final

_MAKERS: Final = "tvm.relay.transform._ffi_api."
_ALIKE: Final = frozenset({
    "BackwardFoldScaleAxis", "CanonicalizeOps", "CombineParallelBatchMatmul", "CombineParallelDense", "ConvertLayout",
    "DeadCodeElimination", "DefuseOps", "DynamicToStatic", "EliminateCommonSubexpr", "FastMath", "FirstOrderGradient",
    "FoldConstant", "FoldScaleAxis", "FuseOps", "InferType", "Inline", "LambdaLift", "Legalize",
    "MergeCompilerRegions", "RemoveUnusedFunctions", "SimplifyExpr", "SimplifyInference", "ToANormalForm",
    "ToBasicBlockNormalForm", "ToGraphNormalForm", "ToMixedPrecision",
})  # fmt: skip
"""Those whose parameters are, in order, those of the public function, as relay.transform of TVM 0.19 calls them."""


def made_by(name: str) -> str:
    """The public function of the pass that a maker makes; any other name as it is."""
    inner = name.removeprefix(_MAKERS)
    return f"tvm.relay.transform.{inner}" if inner != name and inner in _ALIKE else name
