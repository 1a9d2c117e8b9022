"""First-order gradients of operators, in the form that TVM gives them (FPrimalGradient in TVM 0.19 to 0.27)."""
