"""What tvm.relax.training has: losses, optimizers, and gradients of one's own for tensor programs."""
