"""Tensor programs as TVM's TIR has them."""
