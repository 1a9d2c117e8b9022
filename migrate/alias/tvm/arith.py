"""tvm.arith."""

from migrate.alias.lazy import lazy

__getattr__ = lazy("tvm.arith tvm.sym", {"migrate.alias.arith": "Analyzer ConstIntBound ModularSet ProofStrength"})
