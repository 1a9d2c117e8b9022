"""Operators whose sizes or positions are tensors."""
