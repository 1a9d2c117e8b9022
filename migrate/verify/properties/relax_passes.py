"""Passes of Relax on programs that no conversion gives (:mod:`migrate.verify.generate.relax`)."""

from __future__ import annotations

from collections.abc import Mapping

import relax_core.transform as passes
from migrate.verify.properties.equivalence import keeps_meaning
from migrate.verify.properties.property import Property
from migrate.verify.properties.structure import keeps_types
from tensor_core.passes import Contract

PASSES = (
    "AnnotateTIROpPattern", "AttachGlobalSymbol", "CanonicalizeBindings", "CombineParallelMatmul", "ConvertToDataflow",
    "DeadCodeElimination", "DecomposeOpsForInference", "EliminateCommonSubexpr", "ExpandMatmulOfSum", "FoldConstant",
    "FuseOps", "FuseTIR", "InlinePrivateFunctions", "LambdaLift", "LegalizeOps", "Normalize", "NormalizeGlobalVar",
    "RemovePurityChecking", "RemoveUnusedOutputs", "RemoveUnusedParameters", "ReorderPermuteDimsAfterConcat",
    "ReorderTakeAfterMatmul", "RewriteDataflowReshape", "SimplifyExpr", "StaticPlanBlockMemory", "ToNonDataflow",
    "TopologicalSort",
)  # fmt: skip
"""Those that change no result and no signature, whatever stands in a program."""


def relax_properties() -> Mapping[str, tuple[Property, Property]]:
    """By pass: that it keeps what is computed, to the bit if it is to be exact; and that it keeps rules and types."""
    found: dict[str, tuple[Property, Property]] = {}
    for name in PASSES:
        made = getattr(passes, name)()
        meaning = keeps_meaning(name, made, exact=made.info.contract is Contract.EXACT)
        found[name] = meaning, keeps_types(name, made)
    return found
