"""Quantized operators: integers that stand for ``scale * (integer - zero_point)``."""
