"""Generates machine code for tensor programs with LLVM, and runs whole programs."""
