"""The Python of a small fork of TVM 0.19."""
