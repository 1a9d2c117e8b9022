"""tvm._ffi."""
