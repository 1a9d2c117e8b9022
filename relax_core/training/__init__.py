"""What tvm.relax.training has: gradients of one's own for tensor programs."""
