"""tvm.relax.backend.cuda."""
