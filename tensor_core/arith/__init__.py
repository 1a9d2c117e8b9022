"""The integer analyser: simplification, bounds and proofs about symbolic sizes, as tvm.arith.Analyzer gives them."""

from tensor_core.arith.analyzer import Analyzer, ProofStrength
from tensor_core.arith.bounds import NEG_INF, POS_INF, ConstIntBound
from tensor_core.arith.modular import ModularSet

__all__ = ["NEG_INF", "POS_INF", "Analyzer", "ConstIntBound", "ModularSet", "ProofStrength"]
