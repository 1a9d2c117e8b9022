"""tvm.relax.backend: code generation for other devices is not covered."""
