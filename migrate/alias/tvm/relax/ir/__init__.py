"""tvm.relax.ir."""
