"""Sparse tensors as lists of coordinates and values."""
