"""Tables of patterns that other compilers take, and putting what they take into functions (tvm.relax.backend)."""
