"""From tensor programs to LLVM IR text."""
