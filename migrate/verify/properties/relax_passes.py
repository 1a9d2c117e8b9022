"""Passes of Relax on programs that no conversion gives (:mod:`migrate.verify.generate.relax`)."""

from __future__ import annotations

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


def keeps_what_is_computed(name: str) -> Property:
    """One of them keeps what is computed, to the bit if it is to be exact."""
    made = getattr(passes, name)()
    return keeps_meaning(name, made, exact=made.info.contract is Contract.EXACT)


def keeps_rules(name: str) -> Property:
    """One of them keeps the rules of Relax, and what ``main`` takes and gives."""
    return keeps_types(name, getattr(passes, name)())
