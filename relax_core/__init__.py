"""The new IR: Relax, growing with TVM's releases."""
