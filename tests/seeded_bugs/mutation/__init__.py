"""Mutants made by machine: which are tried, and what is to notice them."""
