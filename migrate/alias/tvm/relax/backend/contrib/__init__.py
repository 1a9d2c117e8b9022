"""tvm.relax.backend.contrib."""
