"""tvm.topi: helpers of tests. Operators as tensor expressions are not covered."""
