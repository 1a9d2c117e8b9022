"""Arithmetic on single bits."""
