"""What tvm.relax.training has: optimizers, and gradients of one's own for tensor programs."""
