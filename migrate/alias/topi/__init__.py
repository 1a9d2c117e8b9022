"""Operators of tvm.topi as tensor expressions."""
