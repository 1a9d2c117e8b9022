"""The operators that no card describes, because they are about the machine and not about tensors' elements."""
