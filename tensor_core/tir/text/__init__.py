"""Tensor programs as TVMScript."""
