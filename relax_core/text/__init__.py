"""Relax as TVMScript: printed for a release of TVM, and read back."""
