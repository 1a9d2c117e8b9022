"""The tensor-level IR: loop programs over buffers (TVM's PrimFunc), their builder, verifier, interpreter and text."""
