"""Partial evaluation: run what is known of a program, and write code for the rest (partial_eval.cc in TVM 0.19)."""
